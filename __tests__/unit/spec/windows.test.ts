import { backupWindow, maintenanceWindow } from '../../../src/spec/windows.ts';

test.each([
  ['03:00-04:00', '03:00-04:00'],
  ['23:30-00:30', '23:30-00:30'],
  ['03:00', '03:00-04:00'],
  ['23:15', '23:15-00:15']
])('reads the daily window %s as %s', (raw, value) => {
  expect(backupWindow().parse(raw)).toEqual({ ok: true, value });
});

test.each(['3:00-4:00', '03:00-03:00', '24:00-01:00', '03:00-04:60', 'sun:03:00-04:00', ''])(
  'refuses the daily window %j',
  raw => {
    expect(backupWindow().parse(raw).ok).toBe(false);
  }
);

test.each([
  ['sun:04:00-sun:05:00', 'sun:04:00-sun:05:00'],
  ['Sat:23:30-Sun:00:30', 'sat:23:30-sun:00:30']
])('reads the weekly window %s as %s', (raw, value) => {
  expect(maintenanceWindow().parse(raw)).toEqual({ ok: true, value });
});

test.each(['sunday:04:00-sunday:05:00', 'sun:04:00-05:00', 'sun:04:00-sun:04:00', '04:00-05:00'])(
  'refuses the weekly window %j',
  raw => {
    expect(maintenanceWindow().parse(raw).ok).toBe(false);
  }
);
