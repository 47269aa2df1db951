import { expect, test } from 'vitest';
import { prometheusText } from '../../src/lib/prometheus-text.ts';

test('is the text that Prometheus reads', () => {
  const text = prometheusText([
    { name: 'a_total', help: 'Counts\na.', kind: 'counter', samples: [{ labels: {}, value: 1 }] },
    { name: 'empty', help: 'Nothing.', kind: 'gauge', samples: [] },
    {
      name: 'b',
      help: 'C:\\',
      kind: 'histogram',
      samples: [
        { suffix: '_bucket', labels: { le: '+Inf', path: 'a"b\\c\nd' }, value: 2 },
        { suffix: '_sum', labels: {}, value: 0.5 },
      ],
    },
  ]);
  expect(text).toBe(
    [
      '# HELP a_total Counts\\na.',
      '# TYPE a_total counter',
      'a_total 1',
      '# HELP b C:\\\\',
      '# TYPE b histogram',
      'b_bucket{le="+Inf",path="a\\"b\\\\c\\nd"} 2',
      'b_sum 0.5',
      '',
    ].join('\n'),
  );
});
