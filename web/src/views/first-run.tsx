import { useEffect, useRef, useState } from "preact/hooks";
import { words } from "../words";
import { useAround } from "./context";
import { Problem } from "./parts";

export const longestName = 50;

/** nameProblem says what is wrong with a name, or nothing. */
export function nameProblem(name: string): string {
  const length = [...name.trim()].length;
  if (!length) return words.firstRun.empty;
  return length > longestName ? words.firstRun.tooLong : "";
}

export function NameField(props: { value: string; onInput: (value: string) => void; label: string; hint: string; id: string; autoFocus?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (props.autoFocus) input.current?.focus();
  }, []);
  return (
    <div class="field">
      <label for={props.id}>{props.label}</label>
      <input
        ref={input}
        id={props.id}
        class="input"
        dir="auto"
        autocomplete="nickname"
        autocapitalize="words"
        spellcheck={false}
        enterkeyhint="done"
        aria-describedby={props.id + "-hint"}
        value={props.value}
        onInput={(e) => props.onInput(e.currentTarget.value)}
      />
      <p class="hint" id={props.id + "-hint"}>
        {props.hint}
      </p>
    </div>
  );
}

export function FirstRun({ problem }: { problem: string }) {
  const { actions } = useAround();
  const [name, setName] = useState("");
  const [refused, setRefused] = useState("");
  const start = (e: Event) => {
    e.preventDefault();
    const wrong = nameProblem(name);
    setRefused(wrong);
    if (!wrong) actions.start(name.trim());
  };
  return (
    <main class="whole">
      <div>
        <div>
          <h1>{words.name}</h1>
          <p class="lead">{words.firstRun.sentence}</p>
        </div>
        <form onSubmit={start} noValidate>
          <NameField
            id="name"
            autoFocus
            label={words.firstRun.label}
            hint={words.firstRun.hint}
            value={name}
            onInput={(value) => {
              setName(value);
              setRefused("");
            }}
          />
          <Problem text={refused || (problem && words.firstRun.failed(problem))} />
          <button class="button main wide" type="submit">
            {words.firstRun.start}
          </button>
        </form>
      </div>
    </main>
  );
}
