/** What the stream of a run says of a validation: a line when a step is done, the last one of what it has come to. */
export interface Progress {
  step: 'received' | 'parsed' | 'compared' | 'published' | 'rejected';
  text: string;
}
