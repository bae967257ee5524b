import type { Profile } from "../../../api";
import { Avatar, Icon } from "../../views/parts";
import { RichText } from "../../views/richtext";
import { words } from "../../words";
import { accentOf } from "../accent";
import type { Choices } from "./snippet";

/** Preview draws what visitors will see; it does nothing. */
export function Preview({ choices, profile, welcome }: { choices: Choices; profile: Profile; welcome: string }) {
  const { hue, chroma } = accentOf(choices.accent);
  const said = choices.greeting.trim() || welcome;
  const title = choices.title.trim() || profile.displayName;
  return (
    <div class={`site-preview ${choices.theme} ${choices.position || "bottom-right"}`} style={{ "--accent-hue": hue, "--accent-chroma": chroma }} role="img" aria-label={words.site.previewOf(title)}>
      <div class="site-panel" aria-hidden="true">
        <div class="site-head">
          <Avatar profile={profile} />
          <div>
            <strong class="cut">{title}</strong>
            <small>
              <Icon name="lock" class="small" /> {words.contact.encrypted}
            </small>
          </div>
        </div>
        <div class="site-talk">
          {said && (
            <p class="site-said">
              <RichText text={said} />
            </p>
          )}
          {choices.name !== "off" && <p class="site-field">{words.site.nameField}</p>}
          <p class="site-write">
            <span>{words.composer.placeholder}</span>
            <span class="site-send">
              <Icon name="send" />
            </span>
          </p>
        </div>
      </div>
      <span class="site-launcher" aria-hidden="true">
        <Icon name="chat" />
        {choices.text.trim()}
      </span>
    </div>
  );
}
