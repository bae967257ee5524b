import { useState } from "preact/hooks";
import { below, Menu, type MenuAction, type Place } from "../../../views/menu";
import { Avatar, Icon } from "../../../views/parts";
import type { Visit } from "../visit";
import { words } from "../words";
import { About } from "./about";
import { End } from "./end";
import { InApp } from "./in-app";
import { save } from "./save";

/** ownerOf is who answers, as far as it is known. */
export function ownerOf({ contact, visitor: { info, options } }: Visit) {
  const known = contact?.profile.displayName ? contact.profile : { displayName: info?.name ?? "", fullName: info?.fullName ?? "", image: info?.image ?? "" };
  return { profile: known, title: options.title || known.displayName || words.title, name: known.displayName || options.title || words.them };
}

type Sheet = "about" | "app" | "end" | "";

/** Header says with whom one talks, and how that is protected. */
export function Header({ visit, onClose }: { visit: Visit; onClose: () => void }) {
  const [menu, setMenu] = useState<Place | null>(null);
  const [sheet, setSheet] = useState<Sheet>("");
  const [problem, setProblem] = useState("");
  const { contact, visitor } = visit;
  const { profile, title, name } = ownerOf(visit);
  const actions: (MenuAction & { when: boolean })[] = [
    { when: contact !== null, icon: "copy", label: words.save, act: () => void save(visit, name).catch((error: Error) => setProblem(words.saveFailed(error.message))) },
    { when: visitor.options.address !== "", icon: "share", label: words.app, act: () => setSheet("app") },
    { when: true, icon: "lock", label: words.about, act: () => setSheet("about") },
    { when: contact !== null, icon: "trash", label: words.end, danger: true, act: () => setSheet("end") },
  ];
  const close = () => setSheet("");
  return (
    <header class="bar">
      <div class="who">
        <Avatar profile={profile} icon="lock" />
        <div>
          <h1 class="cut" dir="auto">
            {title}
          </h1>
          <p class="trust">
            <Icon name="lock" class="small" />
            <span class="cut">{words.trust}</span>
          </p>
        </div>
      </div>
      <button type="button" class="round" aria-haspopup="menu" aria-label={words.menu} onClick={(e) => setMenu(below(e.currentTarget))}>
        <Icon name="more" />
      </button>
      {!visitor.options.inline && (
        <button type="button" class="round" aria-label={words.close} onClick={onClose}>
          <Icon name="close" />
        </button>
      )}
      {menu && <Menu label={words.menu} actions={actions.filter((action) => action.when)} at={menu} onClose={() => setMenu(null)} />}
      {sheet === "about" && <About visit={visit} name={name} onClose={close} />}
      {sheet === "app" && <InApp address={visitor.options.address} name={name} onClose={close} />}
      {sheet === "end" && <End visit={visit} onClose={close} />}
      {problem && (
        <p class="hidden" role="alert">
          {problem}
        </p>
      )}
    </header>
  );
}
