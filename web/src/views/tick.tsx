import type { Status } from "../../api";
import { words } from "../words";
import { Icon, type IconName } from "./parts";

const icons: Record<Status, IconName> = { pending: "clock", sent: "check", delivered: "checks", failed: "alert" };

/** Tick shows how far a sent message has come: waiting, on the relay, on the other device. */
export function Tick({ status }: { status: Status }) {
  return (
    <>
      <Icon name={icons[status]} class={status === "failed" ? "danger" : ""} />
      <span class="hidden">{words.status[status]}</span>
    </>
  );
}
