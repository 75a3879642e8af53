/** The members of `T` that may be `undefined` are optional; the others stay as they are. */
export type Defined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? (string extends K ? never : K) : never]?: Exclude<T[K], undefined>;
} & {
  [K in keyof T as string extends K ? K : never]: Exclude<T[K], undefined>;
};

/** The same object without the members that are `undefined`. `null` stays. */
export function defined<const T extends object>(members: T): Defined<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>;
}
