/** What goes on is not copied: what it does at its end is a function of the cloud that it began in. */
const GOING_ON: ReadonlySet<string> = new Set(['operations']);

/**
 * Copies all that is there in a fake cloud at rest. The result puts it into another fake of the same kind, or back into
 * this one, any number of times. Throws where a server is still at work.
 */
export function copyState<S extends object>(state: S): (into: S) => void {
  const members = Object.entries(state).filter(([name, value]) => isCollection(value) && !GOING_ON.has(name));
  const copy = structuredClone(Object.fromEntries(members)) as Record<string, unknown>;
  return into => {
    for (const [name, value] of Object.entries(structuredClone(copy))) {
      const own = (into as Record<string, unknown>)[name];
      if (own instanceof Map && value instanceof Map) refill(own, value, ([key, one]) => own.set(key, one));
      else if (own instanceof Set && value instanceof Set) refill(own, value, one => own.add(one));
      else if (Array.isArray(own) && Array.isArray(value)) own.splice(0, own.length, ...(value as unknown[]));
    }
  };
}

/** Keeps a fake cloud at rest as it is. The result sets it back to that. */
export function setBack(state: object): () => void {
  const copied = copyState(state);
  return () => copied(state);
}

function isCollection(value: unknown): boolean {
  return value instanceof Map || value instanceof Set || Array.isArray(value);
}

function refill<T>(own: { clear(): void }, values: Iterable<T>, put: (value: T) => unknown): void {
  own.clear();
  for (const value of values) put(value);
}
