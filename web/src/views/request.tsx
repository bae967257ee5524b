import type { Contact } from "../../api";
import { nameOf } from "../state/contacts";
import { words } from "../words";
import { useAround } from "./context";
import { useTask } from "./hooks";
import { ContactAvatar, Problem, WorkButton } from "./parts";
import { RichText } from "./richtext";

const { request } = words;

/** Request shows who asks at our address, and waits for the person's decision. */
export function Request({ contact }: { contact: Contact }) {
  const { actions, leave } = useAround();
  const task = useTask(request.failed);
  const { description, fullName } = contact.profile;
  const accept = (incognito: boolean) => task.run(() => actions.accept(contact.id, incognito));
  const ignore = () =>
    task.run(async () => {
      await actions.ignore(contact.id);
      leave(contact.id);
    });
  return (
    <div class="scroll">
      <div class="page request">
        <div class="person">
          <ContactAvatar contact={contact} />
          <h2>{request.title(nameOf(contact, words.contact))}</h2>
          {fullName && <p dir="auto">{fullName}</p>}
          {description && <p dir="auto">{description}</p>}
        </div>
        {contact.last && (
          <blockquote class="bubble" dir="auto">
            <div class="text">
              <RichText text={contact.last.text} />
            </div>
          </blockquote>
        )}
        <Problem text={task.problem} />
        <div class="buttons">
          <WorkButton class="button main wide" busy={task.busy} label={request.accept} busyLabel={request.accepting} onClick={() => accept(false)} />
          <button type="button" class="button line wide" aria-describedby="ignore-hint" onClick={ignore}>
            {request.ignore}
          </button>
          <p class="hint" id="ignore-hint">
            {request.ignoreText}
          </p>
          <button type="button" class="button wide" onClick={() => accept(true)}>
            {request.acceptIncognito}
          </button>
        </div>
      </div>
    </div>
  );
}
