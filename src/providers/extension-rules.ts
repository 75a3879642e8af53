/** What a cloud asks of the parameters of a server before an extension can be created there. */
export interface ExtensionRules {
  /** The parameter that lists the extensions that may be created. Absent: every one that the server has. */
  readonly allowList?: {
    readonly parameter: string;
    /** Its value on a new server. */
    readonly initial: string;
  };
  /** A change of such a parameter restarts the server in any case. */
  readonly restartsAtOnce?: boolean;
  /** Extensions that can be created only when the server has loaded their library at its start. */
  readonly libraries: Readonly<Record<string, LibraryParameter>>;
}

/** The parameter that loads a library, and what it must be or hold. */
export interface LibraryParameter {
  readonly parameter: string;
  readonly value: string;
}

/** PostgreSQL's own list, which clouds fill with libraries of theirs. */
export const PRELOADED = 'shared_preload_libraries';

/** Extensions of the list by their names, where the library has the same name. */
export function preloaded(names: readonly string[]): ExtensionRules['libraries'] {
  return Object.fromEntries(names.map(name => [name, { parameter: PRELOADED, value: name }]));
}

/** The names of all parameters that the rules are about. */
export function parametersOf({ allowList, libraries }: ExtensionRules): readonly string[] {
  const all = Object.values(libraries).map(({ parameter }) => parameter);
  return [...new Set([...(allowList === undefined ? [] : [allowList.parameter]), ...all])];
}
