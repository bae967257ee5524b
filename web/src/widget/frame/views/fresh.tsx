// The chat before the first message: who answers, and what the site asks for.
import { useEffect, useRef } from "preact/hooks";
import { Avatar, Problem } from "../../../views/parts";
import { RichText } from "../../../views/richtext";
import type { Visit } from "../visit";
import { words } from "../words";
import { ownerOf } from "./header";

/** Welcome is what the owner and the site say before anything was written. */
export function Welcome({ visit }: { visit: Visit }) {
  const { options, info } = visit.visitor;
  const { profile } = ownerOf(visit);
  const said = options.greeting || info?.message || "";
  return (
    <div class="welcome">
      {profile.displayName && (
        <div class="person">
          <Avatar profile={profile} />
          <h2 dir="auto">{profile.displayName}</h2>
          {(info?.description || profile.fullName) && <p dir="auto">{info?.description || profile.fullName}</p>}
        </div>
      )}
      <p class="lead">{words.lead}</p>
      {said && (
        <div class="entry first last">
          <div class="bubble">
            <div class="text" dir="auto">
              <RichText text={said} />
            </div>
          </div>
        </div>
      )}
    </div>
  );
}

/** Before is what the site asks for along with the first message. */
export function Before({ visit }: { visit: Visit }) {
  const { options, name, suggestion, agreed, missing, problem, refused } = visit.visitor;
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (missing === "name") setTimeout(() => field.current?.focus()); // after the composer, which takes it by itself
  }, [refused]);
  if (options.name === "off" && !options.consent) return null;
  const hint = options.name === "required" ? words.nameRequired : words.nameOptional(suggestion);
  const wrong = (what: string) => missing === what && problem;
  return (
    <div class="before">
      {options.name !== "off" && (
        <div class="field">
          <label for="name">{words.name}</label>
          <input
            id="name"
            class="input"
            dir="auto"
            autocomplete="off"
            maxLength={120}
            placeholder={options.name === "optional" ? suggestion : ""}
            aria-describedby="name-hint"
            aria-invalid={wrong("name") ? true : undefined}
            value={name}
            ref={field}
            onInput={(e) => visit.change({ name: e.currentTarget.value, missing: missing === "name" ? "" : missing })}
          />
          <p class="hint" id="name-hint">
            {hint}
          </p>
          <Problem text={wrong("name") || ""} />
        </div>
      )}
      {options.consent && (
        <div class="field">
          <label class="agree">
            <input type="checkbox" checked={agreed} onChange={(e) => visit.change({ agreed: e.currentTarget.checked, missing: missing === "consent" ? "" : missing })} />
            <span dir="auto">
              <RichText text={options.consent} />
            </span>
          </label>
          <Problem text={wrong("consent") || ""} />
        </div>
      )}
    </div>
  );
}
