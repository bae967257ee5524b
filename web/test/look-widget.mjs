// Takes pictures of the widget: node test/look-widget.mjs FOLDER [name...]
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./fixture/browser.mjs";
import { widgetSite } from "./fixture/widget-site.mjs";
import { openView, widgetViews } from "./fixture/widget-views.mjs";

const [folder = "shots", ...names] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const site = await widgetSite();
const browser = await launch();
for (const view of widgetViews.filter((v) => !names.length || names.some((n) => v.name.startsWith(n)))) {
  const { page, problems, close } = await openView(browser, site, view);
  await page.screenshot({ path: join(folder, `${view.name}.png`) });
  if (problems.length) console.log(view.name, problems);
  await close();
}
await browser.close();
site.close();
