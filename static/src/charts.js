// Charts from the tokens: data come in a json_script, colours from the page's own variables.
import * as echarts from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, GridComponent, TooltipComponent, CanvasRenderer]);

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Every label where there is room for it, else as many as fit.
const crowded = (data) => data.labels.length > 12 || innerWidth < 900;

function options(data) {
  const label = { color: token("--ink3"), fontFamily: "Inter Variable", fontSize: 12 };
  return {
    animationDuration: 150,
    textStyle: { fontFamily: "Inter Variable" },
    grid: { left: 8, right: 8, top: 16, bottom: 8, outerBoundsMode: "same" },
    tooltip: { trigger: "axis", renderMode: "richText", backgroundColor: token("--lift"),
      borderColor: token("--hair2"), textStyle: { color: token("--ink"), fontSize: 12 } },
    xAxis: { type: "category", data: data.labels, axisTick: { show: false },
      axisLabel: { ...label, interval: crowded(data) ? "auto" : 0, width: 110, overflow: "break", lineHeight: 15 },
      axisLine: { lineStyle: { color: token("--hair2") } } },
    yAxis: { type: "value", axisLabel: label, splitLine: { lineStyle: { color: token("--hair") } } },
    series: [{ type: data.type || "bar", name: data.name, barMaxWidth: 28,
      data: data.values.map((value, i) => (data.colours
        ? { value, itemStyle: { color: token(data.colours[i]) } } : value)),
      itemStyle: { color: token("--seq4") }, lineStyle: { color: token("--seq4") } }],
  };
}

function draw(element) {
  const data = JSON.parse(document.getElementById(element.dataset.chart).textContent);
  const chart = echarts.getInstanceByDom(element) || echarts.init(element);
  chart.setOption(options(data), true);
  const png = document.querySelector(`[data-png="${element.dataset.chart}"]`);
  if (png) {
    png.onclick = () => {
      const link = document.createElement("a");
      link.download = `${data.name}.png`;
      link.href = chart.getDataURL({ pixelRatio: 2, backgroundColor: token("--paper") });
      link.click();
    };
  }
}

const all = () => document.querySelectorAll("[data-chart]").forEach(draw);
addEventListener("resize", () => document.querySelectorAll("[data-chart]").forEach((e) => echarts.getInstanceByDom(e)?.resize()));
document.addEventListener("themechange", all);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
all();
