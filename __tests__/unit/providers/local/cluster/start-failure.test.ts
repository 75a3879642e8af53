import { startFailure } from '../../../../../src/providers/local/cluster/start-failure.ts';

const writeMark = '2026-11-22 16:00:00.000 UTC [42] ';

// Lines as PostgreSQL 14 to 18 write them where no test makes a real server write them.
test.each([
  [
    'too few semaphores',
    `${writeMark}FATAL:  could not create semaphores: No space left on device\n`,
    'capacity',
    'server-failed',
    'could not create semaphores: No space left on device'
  ],
  [
    'a small /dev/shm',
    `${writeMark}FATAL:  could not resize shared memory segment "/PostgreSQL.1" to 1048576 bytes: No space left on device\n`,
    'capacity',
    'server-failed',
    'could not resize shared memory segment "/PostgreSQL.1" to 1048576 bytes: No space left on device'
  ],
  [
    'shared memory of a server that is not quite gone',
    `${writeMark}FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use\n`,
    'busy',
    'server-failed',
    'pre-existing shared memory block (key 1, ID 2) is still in use'
  ],
  [
    'a library the machine has not',
    'postgres: error while loading shared libraries: libicui18n.so.60: cannot open shared object file: No such file or directory\n',
    'failed',
    'server-failed',
    'error while loading shared libraries: libicui18n.so.60: cannot open shared object file: No such file or directory'
  ],
  [
    'a port that belongs to root',
    `${writeMark}LOG:  could not bind IPv4 address "127.0.0.1": Permission denied\n${writeMark}FATAL:  could not create any TCP/IP sockets\n`,
    'denied',
    'permission-denied',
    'could not bind IPv4 address "127.0.0.1": Permission denied'
  ],
  [
    'a damaged log',
    `${writeMark}LOG:  invalid checkpoint record\n${writeMark}PANIC:  could not locate a valid checkpoint record at 0/1\n`,
    'failed',
    'server-failed',
    'could not locate a valid checkpoint record at 0/1'
  ],
  [
    'a closed file',
    `${writeMark}FATAL:  could not open file "/x/server.key": Permission denied\n`,
    'denied',
    'permission-denied',
    'could not open file "/x/server.key": Permission denied'
  ],
  [
    'something nobody has seen yet',
    `${writeMark}LOG:  starting\n${writeMark}FATAL:  the moon is wrong\n${writeMark}LOG:  bye\n`,
    'failed',
    'server-failed',
    'the moon is wrong (exit code 1)'
  ],
  ['silence', '', 'failed', 'server-failed', 'it said nothing (exit code 1)']
])('%s', (_, log, kind, code, because) => {
  expect(startFailure(log, 'exit code 1')).toMatchObject({
    kind,
    code,
    message: `Could not start PostgreSQL: ${because}`,
    hint: expect.any(String) as string
  });
});
