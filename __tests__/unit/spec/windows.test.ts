import { denyPeriod } from '../../../src/spec/deny-period.ts';
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
  ['Sat:23:30-Sun:00:30', 'sat:23:30-sun:00:30'],
  ...['mon', 'tue', 'wed', 'thu', 'fri'].map((day): [string, string] => [
    `${day}:01:00-${day}:02:00`,
    `${day}:01:00-${day}:02:00`
  ])
])('reads the weekly window %s as %s', (raw, value) => {
  expect(maintenanceWindow().parse(raw)).toEqual({ ok: true, value });
});

test.each(['sunday:04:00-sunday:05:00', 'sun:04:00-05:00', 'sun:04:00-sun:04:00', '04:00-05:00'])(
  'refuses the weekly window %j',
  raw => {
    expect(maintenanceWindow().parse(raw).ok).toBe(false);
  }
);

test.each([
  ['11-20 to 01-05', '11-20 to 01-05 at 00:00:00'],
  ['11-5 to 1-5', '11-05 to 01-05 at 00:00:00'],
  ['2026-11-20 to 2027-01-05 at 06:00', '2026-11-20 to 2027-01-05 at 06:00:00'],
  ['none', 'none'],
  ['[{"start_date":"2026-11-20","end_date":"2027-01-05","time":"06:00:00"}]', '2026-11-20 to 2027-01-05 at 06:00:00'],
  ['11-20 to 03-01', 'has more than 90 days'],
  ['2026-11-20 to 2026-11-01', 'ends before it begins'],
  ['2026-11-20 to 01-05', 'names a year in one of its dates only'],
  ['02-30 to 03-05', 'has a day that no month has'],
  ['11-20 to 01-05 at 25:00', 'has no time of the form `06:00:00`'],
  ['christmas', 'is not of the allowed form'],
  ['[{"start_date":"11-20","end_date":"01-05"},{"start_date":"03-01","end_date":"03-02"}]', 'lists several periods']
])('a deny period: %s', (raw, meaning) => {
  const parsed = denyPeriod().parse(raw);
  expect(parsed.ok ? parsed.value : parsed.why).toBe(meaning);
});
