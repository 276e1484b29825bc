#pragma once

#include <string_view>

namespace headway::job {

/// The report page's style sheet: light, and dark where the reader's system is.
inline constexpr std::string_view page_style = R"(
:root { color-scheme: light dark; --paper: #fff; --card: #f6f8fa; --ink: #1f2328; --soft: #59636e; --rule: #d9dee3;
  --first: #0a62c9; --second: #c2570c; --good: #1a7f37; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --paper: #0f1318; --card: #171c23; --ink: #e3e8ee; --soft: #98a2ae;
  --rule: #2c343e; --first: #6aa9ff; --second: #f2995c; --good: #56c271; --bad: #ff8a7d; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1180px; padding: 28px 24px 48px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "Noto Sans", sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
h1 { font-size: 22px; margin: 0; display: flex; gap: 12px; align-items: center; }
h2 { font-size: 15px; margin: 0 0 8px; }
.badge { font-size: 13px; font-weight: 600; padding: 1px 10px; border-radius: 12px; border: 1px solid currentColor; }
.finished { color: var(--good); } .interrupted, .stopped { color: var(--bad); } .running { color: var(--first); }
.about { color: var(--soft); margin: 4px 0 20px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 12px; margin-bottom: 12px; }
.tile, figure, section { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; }
.tile { padding: 10px 14px 12px; }
.tile span { display: block; color: var(--soft); font-size: 13px; }
.tile b { display: block; font-size: 22px; line-height: 1.3; font-weight: 600; }
.bad { color: var(--bad); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 12px; margin-bottom: 12px; }
figure { margin: 0; padding: 12px 14px 6px; }
figcaption { display: flex; gap: 6px; align-items: baseline; }
.unit, .legend { color: var(--soft); font-size: 13px; }
.legend:first-of-type { margin-left: auto; }
.unit + .legend { margin-left: auto; }
.legend + .legend { margin-left: 10px; }
.legend::before { content: ""; display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin: 0 6px 4px 0; }
.k0::before { background: var(--first); } .k1::before { background: var(--second); }
svg { display: block; width: 100%; height: auto; }
.grid { stroke: var(--rule); stroke-width: 1; }
.axis { fill: var(--soft); font-size: 12px; }
.l0, .l1 { fill: none; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; }
.l0 { stroke: var(--first); } .l1 { stroke: var(--second); }
.a0 { fill: var(--first); opacity: .1; }
section { padding: 14px 16px; }
section.wide { margin-bottom: 12px; }
table { width: 100%; border-collapse: collapse; }
td, th { padding: 4px 12px 4px 0; text-align: left; vertical-align: top; border-top: 1px solid var(--rule); font-weight: 400; }
tr:first-child > * { border-top: 0; }
td.n { text-align: right; white-space: nowrap; width: 1%; }
th { color: var(--soft); white-space: nowrap; width: 1%; padding-right: 20px; }
th.kind { color: var(--ink); font-weight: 600; }
.bar { background: var(--first); opacity: .75; height: 9px; border-radius: 3px; margin-top: 7px; min-width: 2px; }
@media print { body { padding: 0; } }
)";

}  // namespace headway::job
