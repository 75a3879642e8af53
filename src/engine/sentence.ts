/** A message as a sentence among others. One that a service or the system ended itself keeps its own end. */
export function asSentence(message: string): string {
  return /[.!?…]$/.test(message) ? message : `${message}.`;
}
