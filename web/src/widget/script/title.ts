// The number of new messages before the page's title. The page may change its title meanwhile.

const counts = new Map<object, number>();
let put = "";

/** count sets the number of one widget. */
export function count(widget: object, unread: number): void {
  if (unread) counts.set(widget, unread);
  else counts.delete(widget);
  let sum = 0;
  for (const n of counts.values()) sum += n;
  const own = put && document.title.startsWith(put) ? document.title.slice(put.length) : document.title;
  const next = sum ? `(${sum}) ` : "";
  if (next || put) document.title = next + own;
  put = next;
}
