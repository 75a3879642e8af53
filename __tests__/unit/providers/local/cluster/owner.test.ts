import { serverOwner } from '../../../../../src/providers/local/cluster/owner.ts';
import { fakeMachine } from '../../../../support/fake-machine.ts';

const root = 'root:x:0:0:root:/root:/bin/bash\n';

test.each([
  ['the user postgres, where there is one', `${root}postgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\n`, 101, 104],
  ['a number nobody has, where there is none', root, 54_321, 54_321],
  ['the next number, where that one is taken', `${root}one:x:54321:1::/:\ntwo:x:2:54322::/:\n`, 54_323, 54_323],
  ['no user postgres that is root in disguise', `${root}postgres:x:0:0::/:\n`, 54_321, 54_321]
])('as root, the server is run by %s', async (_, passwd, uid, gid) => {
  const machine = await fakeMachine({ uid: 0 });
  await machine.file('/etc/passwd', passwd);
  await expect(serverOwner(machine)).resolves.toEqual({ uid, gid });
  await machine.remove();
});

test('as root without a list of users, the server is run by a number', async () => {
  const machine = await fakeMachine({ uid: 0 });
  await expect(serverOwner(machine)).resolves.toEqual({ uid: 54_321, gid: 54_321 });
  await machine.remove();
});

test.each([1001, undefined])('as another user (%p), the server is run by ourselves', async uid => {
  const machine = await fakeMachine({ uid });
  await expect(serverOwner(machine)).resolves.toBeUndefined();
  await machine.remove();
});
