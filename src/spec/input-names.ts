import { ALIASES, type AliasInput } from './aliases.ts';
import { DATABASE_INPUTS, RUN_INPUTS, type DatabaseInput, type RunInput } from './catalogue.ts';

export type InputName = RunInput | DatabaseInput | AliasInput;

/** Every input, its aliases too, each once. */
export const INPUT_NAMES: readonly InputName[] = [
  ...new Set<InputName>([
    ...(Object.keys(RUN_INPUTS) as RunInput[]),
    ...(Object.keys(DATABASE_INPUTS) as DatabaseInput[]),
    ...ALIASES.map(({ name }) => name as AliasInput)
  ])
];

/** Inputs that may hold a secret, and their aliases: never from a file, never printed. */
export const SECRETS: readonly string[] = [
  ...new Set(
    [
      ...Object.entries<{ readonly kind: string }>({ ...RUN_INPUTS, ...DATABASE_INPUTS }),
      ...ALIASES.map(({ name, parser }) => [name, parser] as const)
    ]
      .filter(([, { kind }]) => kind === 'secret')
      .map(([name]) => name)
  )
];
