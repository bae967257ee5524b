// The small parts all views are made of.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Contact, Profile } from "../../api";
import { formatRoute, type Route } from "../route";
import { nameOf } from "../state/contacts";
import { hue, initials } from "../text/initials";
import { words } from "../words";
import { type Around, useAround } from "./context";
import { drawNext } from "./pace";

export type IconName =
  | "back" | "close" | "plus" | "search" | "settings" | "lock" | "check" | "checks" | "clock" | "alert" | "send"
  | "down" | "copy" | "share" | "scan" | "link" | "invite" | "info" | "trash" | "chat" | "next" | "more" | "reply" | "edit" | "forward" | "timer" | "shield" | "file" | "voice" | "people" | "relay" | "person" | "mask";

export function Icon({ name, class: extra = "" }: { name: IconName; class?: string }) {
  return (
    <svg class={`icon ${extra}`} aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  );
}

/** A link within the page. */
export function Go({ to, children, ...rest }: { to: Route; children: ComponentChildren; class?: string; "aria-label"?: string }) {
  const { go } = useAround();
  return (
    <a {...linkTo(to, go)} {...rest}>
      {children}
    </a>
  );
}

/** linkTo is what makes an element a link within the page; other clicks than the plain one are the browser's. */
export function linkTo(to: Route, go: Around["go"]): { href: string; onClick: (e: MouseEvent) => void } {
  const click = (e: MouseEvent) => {
    if (e.button || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    e.preventDefault();
    if (e.detail) drawNext(); // not by a key: the browser lays the page out once more, to see what is pointed at
    go(to);
  };
  return { href: formatRoute(to), onClick: click };
}

// A picture comes from the other side: only the kinds that browsers decode as pictures, never SVG.
const picture = /^data:image\/(png|jpe?g|webp|gif);base64,[A-Za-z0-9+/=]+$/;

export function isPicture(data: string): boolean {
  return picture.test(data);
}

export function Avatar({ profile, icon }: { profile: Profile; icon?: IconName }) {
  const letters = initials(profile.displayName);
  if (profile.image && isPicture(profile.image)) {
    return (
      <span class="avatar" aria-hidden="true">
        <img src={profile.image} alt="" />
      </span>
    );
  }
  if (!letters) {
    return (
      <span class="avatar plain" aria-hidden="true">
        <Icon name={icon ?? "chat"} />
      </span>
    );
  }
  return (
    <span class="avatar" style={{ "--hue": hue(profile.displayName) }} aria-hidden="true">
      {letters}
    </span>
  );
}

export function ContactAvatar({ contact }: { contact: Contact }) {
  return Avatar({ profile: contact.profile, icon: contact.state === "invited" ? "invite" : "chat" }); // rows of a list have one each
}

/** A name stands for itself: its direction does not change that of the words around it. */
export function Name({ contact }: { contact: Contact }) {
  return <bdi>{nameOf(contact, words.contact)}</bdi>;
}

export function BackButton({ always = false }: { always?: boolean }) {
  const { back } = useAround();
  return (
    <button type="button" class={`round ${always ? "" : "only-narrow"}`} aria-label={words.back} onClick={back}>
      <Icon name="back" class="flip" />
    </button>
  );
}

export function Problem({ text }: { text: string }) {
  if (!text) return null;
  return (
    <p class="problem" role="alert">
      <Icon name="alert" />
      <span>{text}</span>
    </p>
  );
}

/** A button that stays where it is, and in focus, while its work is done. */
export function WorkButton(props: { class: string; busy: boolean; label: string; busyLabel: string; onClick?: () => void; disabled?: boolean }) {
  const idle = !props.busy && !props.disabled;
  return (
    <button type={props.onClick ? "button" : "submit"} class={props.class} aria-disabled={!idle} onClick={() => idle && props.onClick?.()}>
      {props.busy ? props.busyLabel : props.label}
    </button>
  );
}

interface SwitchProps {
  label: string;
  hint?: string;
  on: boolean;
  busy?: boolean;
  onChange: (on: boolean) => void;
}

/** A Switch is one thing that is on or off, at once. */
export function Switch({ label, hint, on, busy = false, onChange }: SwitchProps) {
  return (
    <button type="button" role="switch" class="switch" aria-checked={on} aria-label={label} aria-description={hint} aria-disabled={busy} onClick={() => !busy && onChange(!on)}>
      <span>
        <span class="switch-label">{label}</span>
        {hint && <small>{hint}</small>}
      </span>
      <span class="track" aria-hidden="true" />
    </button>
  );
}

export function CopyButton({ text, class: extra, label = words.invitation.copy }: { text: string; class: string; label?: string }) {
  const [state, setState] = useState<"" | "copied" | "failed">("");
  const copy = () => {
    const show = (next: "copied" | "failed") => {
      setState(next);
      setTimeout(() => setState(""), 2500);
    };
    const written = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"));
    written.then(() => show("copied"), () => show("failed"));
  };
  return (
    <>
      <button type="button" class={extra} onClick={copy}>
        <Icon name={state === "copied" ? "check" : "copy"} />
        {state === "copied" ? words.invitation.copied : label}
      </button>
      <span class={state === "failed" ? "hint" : "hidden"} role="status">
        {state === "failed" ? words.invitation.notCopied : state === "copied" ? words.invitation.copied : ""}
      </span>
    </>
  );
}
