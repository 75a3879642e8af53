import { programEnvironment } from '../../../src/engine/program-environment.ts';

const WINDOWS = {
  Path: 'C:\\bin',
  SystemRoot: 'C:\\Windows',
  SystemDrive: 'C:',
  ComSpec: 'cmd.exe',
  PATHEXT: '.EXE',
  TEMP: 'C:\\t',
  TMP: 'C:\\t',
  USERPROFILE: 'C:\\u'
};
const env = {
  ...WINDOWS,
  PATH: '/bin',
  RUNNER_TRACKING_ID: 'job',
  INPUT_NAME: 'orders',
  HOME: '/root',
  EMPTY: undefined
};

test('a program gets the paths, the job that it belongs to and a plain locale, and what is named', () => {
  expect(programEnvironment({ env, platform: 'linux' }, { PGDATA: '/data' })).toEqual({
    PATH: '/bin',
    RUNNER_TRACKING_ID: 'job',
    LC_ALL: 'C',
    PGDATA: '/data'
  });
});

test('on Windows it gets what programs need to start there, in any letter case', () => {
  const { PATH: _, ...onWindows } = env;
  const { Path, ...others } = WINDOWS;
  expect(programEnvironment({ env: onWindows, platform: 'win32' })).toEqual({
    PATH: Path,
    RUNNER_TRACKING_ID: 'job',
    LC_ALL: 'C',
    ...others
  });
});
