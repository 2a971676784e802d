// The theme of charts: read from the page's own variables where a chart stands, when it is drawn.
const FONT = "Inter Variable";

// A figure may stand in another theme than the page, so its own element is asked.
export const tokensOf = (element) => {
  const style = getComputedStyle(element);
  return (name) => style.getPropertyValue(name).trim();
};

export const words = (token, colour, extra = {}) => ({ color: token(colour), fontFamily: FONT, fontSize: 12, ...extra });

export function chartTheme(token) {
  const axis = {
    axisLabel: words(token, "--ink3"), axisLine: { lineStyle: { color: token("--ink2") } }, axisTick: { lineStyle: { color: token("--hair2") } },
    splitLine: { lineStyle: { color: token("--hair") } }, nameTextStyle: words(token, "--ink3"),
  };
  return {
    color: ["--seq4", "--accent", "--ctrl", "--g-at-risk", "--g-active", "--g-previously-loyal", "--g-dormant"].map(token),
    backgroundColor: "transparent",
    textStyle: { fontFamily: FONT, color: token("--ink2") },
    timeAxis: axis, valueAxis: axis, categoryAxis: axis, logAxis: axis,
    line: { symbol: "none", lineStyle: { width: 2 } },
    bar: { itemStyle: { borderRadius: 0 } },
    tooltip: {
      renderMode: "richText", backgroundColor: token("--lift"), borderColor: token("--hair2"), borderWidth: 1, shadowBlur: 0, shadowColor: "transparent",
      padding: [6, 10], textStyle: words(token, "--ink"), axisPointer: { lineStyle: { color: token("--accent") } },
    },
  };
}

const page = document.documentElement;
// A locale that the browser does not know is written as English.
const locale = (() => {
  try {
    return Intl.getCanonicalLocales(page.dataset.numbers)[0] || "en-US";
  } catch {
    return "en-US";
  }
})();
export const number = (value) => Number(value).toLocaleString(locale);
export const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
export const moving = () => (still ? 0 : parseInt(getComputedStyle(page).getPropertyValue("--move"), 10));
