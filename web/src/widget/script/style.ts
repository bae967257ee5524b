// The styles of what the script draws. They live in a closed shadow root, in a constructed sheet, which a page's content
// security policy has nothing against; and those of the host are important, so that no style of the page gets through.
// The shades are made from the accent, --a, at fixed lightnesses: so every colour has the contrast that reading needs, on
// light pages and on dark ones.
// Browsers that cannot do that (Chrome before 119, Firefox before 128) show Sotto's own colour.

const dark = "--back:oklch(.19 .003 70);--text:oklch(.94 .004 80);--line:oklch(.98 .01 80/9%);--shade:oklch(0 0 0/45%);color-scheme:dark";

export const css = `
:host{all:initial!important;display:contents!important}
:host([inline]){display:block!important;height:100%!important}
*{box-sizing:border-box}
.all{--accent:oklch(.47 .08 192);--hover:oklch(.41 .08 192);--back:oklch(.995 .001 75);--text:oklch(.22 .006 70);--line:oklch(.25 .01 70/10%);--shade:oklch(.2 .01 70/18%);
color-scheme:light;font:400 16px/1.4 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;color:var(--text)}
.dark{${dark}}
@media(prefers-color-scheme:dark){.auto{${dark}}}
@supports(color:oklch(from red l c h)){.own{--accent:oklch(from var(--a) .47 min(c,.1) h);--hover:oklch(from var(--a) .41 min(c,.1) h)}}
button{all:unset;box-sizing:border-box;cursor:pointer;background:var(--accent);color:#fff;font-weight:600}
button:hover{background:var(--hover)}
button:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.launcher{position:fixed;z-index:var(--z);display:flex;align-items:center;justify-content:center;gap:8px;min-width:56px;height:56px;border-radius:28px;box-shadow:0 1px 2px var(--shade),0 6px 20px var(--shade);transition:background-color .12s}
.wide{padding:0 22px}
svg{width:24px;height:24px;fill:none;stroke:currentColor;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
img{width:28px;height:28px;object-fit:contain}
.badge{position:absolute;top:-2px;inset-inline-end:-2px;min-width:22px;padding:0 6px;border-radius:11px;background:oklch(.52 .17 27);color:#fff;font-size:12px;line-height:22px;text-align:center}
.right{right:var(--x)}.left{left:var(--x)}.bottom{bottom:var(--y)}.top{top:var(--y)}
.panel{position:fixed;z-index:var(--z);width:380px;height:600px;max-width:calc(100vw - 2*var(--x));max-height:calc(100vh - 2*var(--y) - var(--gap));overflow:hidden;border-radius:16px;background:var(--back);box-shadow:0 0 0 1px var(--line),0 8px 40px var(--shade);animation:rise .12s cubic-bezier(.2,.7,.3,1)}
.panel.bottom{bottom:calc(var(--y) + var(--gap))}.panel.top{top:calc(var(--y) + var(--gap))}
iframe{display:block;width:100%;height:100%;border:0;color-scheme:inherit;background:var(--back)}
.failed,.rest{position:absolute;inset:0;display:grid;place-content:center;justify-items:center;gap:16px;padding:24px;text-align:center;background:var(--back)}
.failed button,.rest button{padding:11px 20px;border-radius:22px}
.inline{height:100%}
.inline .panel,.rest{position:relative;inset:auto;width:100%;height:100%;min-height:360px;max-width:none;max-height:none;border-radius:16px;animation:none;box-shadow:0 0 0 1px var(--line)}
.said{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
[hidden]{display:none!important}
@keyframes rise{from{opacity:0;transform:translateY(8px)}}
@media(max-width:479px),(max-height:479px){
.float .panel{inset:auto;left:0;top:var(--top,0);width:100vw;height:var(--height,100dvh);max-width:none;max-height:none;border-radius:0}
.open .launcher{display:none}}
@media(prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}`;
