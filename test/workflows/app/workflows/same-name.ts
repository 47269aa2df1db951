export async function add(a: number, b: number): Promise<string> {
  'use step';
  return `${a} and ${b}`;
}

export async function additionOfWords(a: number, b: number): Promise<string> {
  'use workflow';
  return add(a, b);
}
