// Charts from the tokens: data come in a json_script, colours from the page's own variables.
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, MarkAreaComponent, MarkLineComponent, MarkPointComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { chartTheme, moving, number, tokensOf, words as wordsOf } from "./chart_theme.js";
import { fileName, save } from "./download.js";

echarts.use([BarChart, LineChart, GridComponent, MarkAreaComponent, MarkLineComponent, MarkPointComponent, TooltipComponent, CanvasRenderer]);

// Of the chart that is being drawn.
let token = tokensOf(document.documentElement);
const words = (colour, extra) => wordsOf(token, colour, extra);
const short = (sign) => (value) => (Math.abs(value) >= 1e6 ? `${sign}${value / 1e6}M` : Math.abs(value) >= 1e4 ? `${sign}${value / 1e3}k` : `${sign}${number(value)}`);
const day = (value) => new Date(value).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const month = (value) => {
  const at = new Date(value);
  return at.toLocaleDateString("en-GB", at.getUTCMonth() ? { month: "short", timeZone: "UTC" } : { month: "short", year: "numeric", timeZone: "UTC" });
};

const tooltip = (data) => ({
  trigger: "axis", axisPointer: { type: "line" },
  formatter: (found) => {
    const [at, value] = found[0].value;
    return `${data.of || ""}${day(at)}\n${data.sign}${number(value)}`;
  },
});

const axes = (data) => ({
  useUTC: true,
  animationDuration: moving(),
  grid: { left: 4, right: data.right || 8, top: 28, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
  tooltip: tooltip(data),
  xAxis: {
    type: "time", min: data.from, max: data.until, axisTick: { show: true, length: 4 },
    axisLabel: { formatter: month, hideOverlap: true, showMinLabel: false, showMaxLabel: false },
    minInterval: 28 * 864e5, maxInterval: 31 * 864e5, splitLine: { show: false },
  },
  yAxis: {
    type: "value", splitNumber: 4, axisLabel: { formatter: short(data.sign), showMinLabel: false },
    axisLine: { show: false }, axisTick: { show: false },
  },
});

// Revenue a week: the line, its highest and its last week named; the incomplete week is hollow.
function weeks(data) {
  const named = (at, value, position, extra = {}) => ({
    coord: [at, value], symbol: "circle", symbolSize: 7, label: { show: true, position, formatter: `${data.sign}${number(value)}`, ...words("--ink", { fontWeight: 600 }), ...extra },
  });
  const last = data.points.at(-1);
  const peak = data.points.reduce((best, point) => (point[1] > best[1] ? point : best));
  // The words about the mean stand on the side of its line where the first weeks are not.
  const early = data.points.slice(0, 12);
  const side = early.reduce((sum, point) => sum + point[1], 0) / early.length < data.usual ? "insideStartTop" : "insideStartBottom";
  const marks = [{ ...named(last[0], last[1], "bottom", { align: "right" }), itemStyle: { color: token(data.incomplete ? "--paper" : "--seq4"), borderColor: token("--seq4"), borderWidth: 2 } }];
  if (peak !== last) marks.push({ ...named(peak[0], peak[1], "top"), itemStyle: { color: token("--seq4") } });
  return {
    ...axes(data),
    series: [{
      type: "line", data: data.points, lineStyle: { color: token("--seq4") },
      markPoint: { data: marks, silent: true },
      markLine: data.usual === null ? undefined : {
        silent: true, symbol: "none", lineStyle: { color: token("--ctrl"), type: "solid", width: 1 },
        label: { position: side, formatter: data.usual_words, ...words("--ink3") }, data: [{ yAxis: data.usual }],
      },
    }],
  };
}

// One customer: a bar a day of shopping, the present silence washed, today a line. What is said of
// both ends at today and grows to the left, above the bars: it fits at any width.
function days(data) {
  const silence = data.silent_from && {
    silent: true, itemStyle: { color: token(data.longest_ever ? "--worse-wash" : "--sunk") }, label: { show: false },
    data: [[{ xAxis: data.silent_from }, { xAxis: data.today }]],
  };
  const rich = {
    silence: words(data.longest_ever ? "--worse" : "--ink2", { fontWeight: 600, padding: [0, 8, 0, 0] }),
    today: words("--ink", { fontWeight: 600 }),
  };
  return {
    ...axes(data),
    series: [{
      type: "bar", data: data.points, barWidth: 3, barMinHeight: 1, itemStyle: { color: token("--ink") }, markArea: silence || undefined,
      markLine: {
        silent: true, symbol: "none", lineStyle: { color: token("--ink2"), type: "solid", width: 1 },
        label: { formatter: `${silence ? `{silence|${data.silence_words}}` : ""}{today|${data.today_words}}`, position: "end", align: "right", rich }, data: [{ xAxis: data.today }],
      },
    }],
  };
}

const KINDS = { weeks, days };

function draw(element) {
  const data = JSON.parse(document.getElementById(element.dataset.chart).textContent);
  token = tokensOf(element);
  const known = echarts.getInstanceByDom(element);
  const chart = known || echarts.init(element, chartTheme(token));
  if (known) chart.setTheme(chartTheme(token));
  chart.setOption(KINDS[data.kind](data), true);
  const figure = element.closest("[data-figure]");
  if (!figure || figure.dataset.ready) return;
  figure.dataset.ready = "yes";
  figure.addEventListener("png", () => save(`${fileName(figure)}.png`, chart.getDataURL({ pixelRatio: 2, backgroundColor: tokensOf(element)("--paper") })));
}

const each = (what) => document.querySelectorAll("[data-chart]").forEach(what);
const drawAll = () => each(draw);
addEventListener("resize", () => each((element) => echarts.getInstanceByDom(element)?.resize()));
document.addEventListener("themechange", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
document.fonts.ready.then(drawAll);
