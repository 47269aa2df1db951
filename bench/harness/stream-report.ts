/** What a benchmark of streams came to, as text, and whether its goals are met. */
import type { Environment } from './environment.ts';
import type { StreamFigure, StreamGoal } from './stream-benchmark.ts';
import { formatNumber, formatTable } from './table.ts';

export interface CheckedStreamGoal extends StreamGoal {
  value: number;
  bound: number;
  isMet: boolean;
}

/** A goal on a figure that there is not is missed. */
export function checkStreamGoals(goals: readonly StreamGoal[], figures: readonly StreamFigure[]): CheckedStreamGoal[] {
  return goals.map((goal) => {
    const find = (way: StreamGoal['way']) =>
      figures.find((figure) => figure.scenario === goal.scenario && figure.way === way && figure.metric === goal.metric)?.value ?? NaN;
    const value = find(goal.way);
    const limit = goal.atMost ?? goal.atLeast ?? NaN;
    const times = goal.timesThatOf === undefined ? 1 : find(goal.timesThatOf);
    const bound = limit * times + (goal.moreThanThatOf === undefined ? 0 : find(goal.moreThanThatOf));
    return { ...goal, value, bound, isMet: goal.atMost === undefined ? value >= bound : value <= bound };
  });
}

/** @returns a table of a line for each figure and a column for each way, the goals, and where the figures come from */
export function formatStreamReport(
  { title }: { title: string },
  { command, machine, node }: Environment,
  figures: readonly StreamFigure[],
  goals: readonly CheckedStreamGoal[],
): string {
  return [title, formatFigures(figures), goals.map(formatGoal).join('\n'), `One run. Node ${node}; ${machine}.\n\`${command}\``].join(
    '\n\n',
  );
}

function formatFigures(figures: readonly StreamFigure[]): string {
  const ways = [...new Set(figures.map(({ way }) => way))];
  const lines = new Map<string, Map<string, number>>();
  for (const { scenario, metric, way, value } of figures) {
    const line = `${scenario}: ${metric}`;
    lines.set(line, (lines.get(line) ?? new Map<string, number>()).set(way, value));
  }
  const cell = (value: number | undefined) => (value === undefined ? '-' : formatNumber(value, value < 100 ? 2 : 0));
  return formatTable([['', ...ways], ...[...lines].map(([line, values]) => [line, ...ways.map((way) => cell(values.get(way)))])]);
}

function formatGoal({ isMet, scenario, way, metric, atMost, value, bound }: CheckedStreamGoal): string {
  return `- ${isMet ? 'met' : 'MISSED'}: ${way}, ${scenario}: ${metric} ${atMost === undefined ? 'at least' : 'at most'} ${formatNumber(bound, 2)}, was ${formatNumber(value, 2)}`;
}
