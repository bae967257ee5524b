import type { Item } from "../../api";
import { span } from "../text/time";
import { fileSize } from "../text/size";
import { words } from "../words";
import { Go, Icon, isPicture, type IconName } from "./parts";

const { message } = words;

/** A small picture that came with a message, if it is one. */
export function Picture({ src, alt }: { src: string; alt: string }) {
  return isPicture(src) ? <img class="picture" src={src} alt={alt} decoding="async" /> : null;
}

/** Attachment shows what a message carries besides its text, by its preview. */
export function Attachment({ item }: { item: Item }) {
  switch (item.kind) {
    case "image":
      return <Shown item={item} note={message.pictureOnly} />;
    case "video":
      return <Shown item={item} note={message.videoOnly} />;
    case "voice":
      return <Named icon="voice" name={message.kinds.voice} more={span(item.duration ?? 0)} note={message.voiceOnly} />;
    case "file":
      return <Named icon="file" name={item.file?.name ?? message.kinds.file} more={item.file ? fileSize(item.file.size) : ""} note={message.fileOnly} />;
    case "link":
    case "chat":
      return item.preview ? <Card item={item} preview={item.preview} /> : null;
    default:
      return null;
  }
}

function Shown({ item, note }: { item: Item; note: string }) {
  const kind = message.kinds[item.kind ?? "image"];
  if (!item.image || !isPicture(item.image)) return <Named icon="file" name={kind} more="" note={note} />;
  return (
    <figure class="shown">
      <Picture src={item.image} alt={kind} />
      <figcaption class="aside">{item.kind === "video" && item.duration ? `${kind}, ${span(item.duration)}. ${note}` : note}</figcaption>
    </figure>
  );
}

function Named({ icon, name, more, note }: { icon: IconName; name: string; more: string; note: string }) {
  return (
    <div class="named">
      <span class="spot">
        <Icon name={icon} />
      </span>
      <div>
        <p class="named-name">
          <bdi>{name}</bdi>
          {more && <span>{more}</span>}
        </p>
        <p class="aside">{note}</p>
      </div>
    </div>
  );
}

function Card({ item, preview }: { item: Item; preview: NonNullable<Item["preview"]> }) {
  const inner = (
    <>
      {preview.image && <Picture src={preview.image} alt="" />}
      <strong dir="auto">{preview.title || message.kinds[item.kind ?? "link"]}</strong>
      {preview.description && <span dir="auto">{preview.description}</span>}
    </>
  );
  if (item.kind === "chat") {
    return (
      <Go to={{ view: "connect", link: preview.link }} class="card">
        {inner}
      </Go>
    );
  }
  if (!/^https?:\/\//i.test(preview.link)) return <div class="card">{inner}</div>;
  return (
    <a class="card" href={preview.link} title={preview.link} target="_blank" rel="noopener noreferrer">
      {inner}
    </a>
  );
}
