type Env = Readonly<Record<string, string | undefined>>;

/** Nothing of these is a secret, and without them programs do not start on Windows. */
const NEEDED_ON_WINDOWS = ['SystemRoot', 'SystemDrive', 'ComSpec', 'PATHEXT', 'TEMP', 'TMP', 'USERPROFILE'];

/**
 * The whole environment of a program that this action starts: where programs lie, `RUNNER_TRACKING_ID`, by which the
 * runner ends what is left at the job's end, and what else is named. The step's own environment holds inputs and
 * tokens; a server would show them to each user of the database.
 */
export function programEnvironment(
  { env, platform }: { readonly env: Env; readonly platform: NodeJS.Platform },
  more: Readonly<Record<string, string>> = {}
): Record<string, string> {
  const kept = ['PATH', 'RUNNER_TRACKING_ID', ...(platform === 'win32' ? NEEDED_ON_WINDOWS : [])];
  // Windows spells PATH in any letter case.
  const wanted = new Map(kept.map(name => [name.toUpperCase(), name]));
  const found = Object.entries(env).flatMap(([name, value]) => {
    const known = platform === 'win32' ? wanted.get(name.toUpperCase()) : kept.find(one => one === name);
    return value === undefined || known === undefined ? [] : [[known, value] as const];
  });
  // With another locale the server on macOS becomes multithreaded while starting, and gives up.
  return { ...Object.fromEntries(found), LC_ALL: 'C', ...more };
}
