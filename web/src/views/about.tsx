import { words } from "../words";

const { settings } = words;

/** About says what is not protected, and which program this is. */
export function About({ version }: { version: string }) {
  return (
    <>
      <section class="section">
        <ul class="bullets">
          {settings.limitsList.map((limit) => (
            <li key={limit}>{limit}</li>
          ))}
        </ul>
      </section>
      <section class="section">
        <h2>{settings.version}</h2>
        <p>{version}</p>
      </section>
    </>
  );
}
