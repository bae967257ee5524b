// The focus is the visitor's: it comes into the chat when they open it or act in it, and never by itself, though parts of
// the chat take it when they are drawn.

let here = false;

/** follow says whether the visitor is in the chat by an action of theirs. */
export function follow(visitor: boolean): void {
  here = visitor;
}

/** guardFocus leaves the focus where it is while the visitor is elsewhere in the page. */
export function guardFocus(): void {
  const take = HTMLElement.prototype.focus;
  HTMLElement.prototype.focus = function (options) {
    if (here || document.hasFocus()) take.call(this, options);
  };
  addEventListener("pointerdown", () => follow(true), true);
  addEventListener("blur", () => follow(false));
}
