// Takes a picture of every view in every scene: node test/look.mjs FOLDER [NAME...]
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch, views } from "./fixture/browser.mjs";
import { site } from "./fixture/site.mjs";

const [folder = "pictures", ...names] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const { origin, close } = await site();
const browser = await launch();
for (const view of views) {
  if (names.length && !names.some((n) => view.name.startsWith(n))) continue;
  const { page, problems } = await view.open(browser, origin);
  await page.screenshot({ path: join(folder, `${view.name}.png`) });
  for (const p of problems) console.log(`${view.name}: ${p}`);
  await page.context().close();
}
await browser.close();
close();
