interface PassphraseProps {
  id: string;
  label: string;
  hint?: string;
  /** A new one, not one that is known already. */
  fresh?: boolean;
  value: string;
  onInput: (value: string) => void;
}

/** PassphraseField takes a passphrase. Password managers may know those that open this browser's conversations. */
export function PassphraseField({ id, label, hint, fresh, value, onInput }: PassphraseProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="input"
        type="password"
        dir="auto"
        autocomplete={fresh ? "new-password" : "off"}
        spellcheck={false}
        aria-describedby={hint ? id + "-hint" : undefined}
        value={value}
        onInput={(e) => onInput(e.currentTarget.value)}
      />
      {hint && (
        <p class="hint" id={id + "-hint"}>
          {hint}
        </p>
      )}
    </div>
  );
}
