// The part of Apache ECharts that the page draws with; bundled into one script by tools/gen_charts.
import * as echarts from 'echarts/core';
import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent,
	TooltipComponent } from 'echarts/components';
import { LabelLayout } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';

echarts.use([BarChart, CustomChart, LineChart, ScatterChart, AriaComponent, GridComponent,
	LegendComponent, MarkLineComponent, TooltipComponent, LabelLayout, SVGRenderer]);

export { init } from 'echarts/core';
