// The widget of this page, by its API: commands given before the script has loaded wait in a queue. A real shop would
// write its address into data-address and need no script of its own; this one asks Echo for its address first.
window.sotto = window.sotto || function () { (sotto.q = sotto.q || []).push(arguments); };

fetch("/echo/address")
  .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error("Echo does not run here"))))
  .then(({ link }) => sotto("new", { address: link, title: "Clay & Kiln", greeting: "Hello! What would you like to know?", name: "optional", trigger: ".ask", accent: "#1d5b73" }))
  .catch((error) => console.error(`The shop has no widget: ${error.message}.`));
