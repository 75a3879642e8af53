import type { Region, CloudState } from './state.ts';

/** What a service of the fake gets with every request. */
export interface Call {
  readonly cloud: CloudState;
  /** Of the request's signature. */
  readonly region: Region;
  readonly now: Date;
}

type Handler<Method> = Method extends (
  input: infer Input,
  options: infer _Options,
  callback: (error: infer _Error, answer?: infer Output) => void
) => void
  ? (input: Input, call: Call) => Omit<Exclude<Output, undefined>, '$metadata'> | void
  : never;

/** Some actions of a service, typed by the methods of its official client. */
export type Actions<Client> = {
  readonly [Method in keyof Client as Capitalize<Method & string>]?: Handler<Client[Method]>;
};

/** Actions without their types: what the dispatcher works with. */
export type AnyActions = Readonly<Record<string, ((input: never, call: Call) => unknown) | undefined>>;
