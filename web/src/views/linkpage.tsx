import { appLink } from "../route";
import { words } from "../words";

/**
 * InApp opens a link in the official app of this device, for who has one: the page need not be the one to talk in. Once
 * the link is not left to the app any more, only the place of the button stays.
 */
export function InApp({ link, left }: { link: string; left: boolean }) {
  const href = appLink(link);
  if (!href) return null;
  return (
    <a class="button wide" href={href} rel="noreferrer" style={left ? undefined : { visibility: "hidden" }}>
      {words.connect.inApp}
    </a>
  );
}
