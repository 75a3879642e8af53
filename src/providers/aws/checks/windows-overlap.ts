const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const DAY = 1440;
const WEEK = 7 * DAY;

/**
 * Whether a daily window and a weekly one (both UTC) have a minute in common, also across midnight and the end of the
 * week.
 */
export function windowsOverlap(daily: string, weekly: string): boolean {
  const [dailyStart, dailyLength] = dailySpan(daily);
  const [weeklyStart, weeklyLength] = weeklySpan(weekly);
  return DAYS.some((_, day) => {
    const start = day * DAY + dailyStart;
    return within(start - weeklyStart) < weeklyLength || within(weeklyStart - start) < dailyLength;
  });
}

/** Minutes from the beginning of a daily window to its end. */
export function dailyMinutes(daily: string): number {
  return dailySpan(daily)[1];
}

/** Minutes from the beginning of a weekly window to its end. */
export function weeklyMinutes(weekly: string): number {
  return weeklySpan(weekly)[1];
}

function dailySpan(window: string): readonly [start: number, length: number] {
  const [from = '', to = ''] = window.split('-');
  return [clock(from), (clock(to) - clock(from) + DAY) % DAY];
}

function weeklySpan(window: string): readonly [start: number, length: number] {
  const [from = '', to = ''] = window.toLowerCase().split('-');
  return [moment(from), within(moment(to) - moment(from))];
}

function moment(text: string): number {
  return DAYS.indexOf(text.slice(0, 3)) * DAY + clock(text.slice(4));
}

function clock(text: string): number {
  const [hour = 0, minute = 0] = text.split(':').map(Number);
  return hour * 60 + minute;
}

function within(minutes: number): number {
  return ((minutes % WEEK) + WEEK) % WEEK;
}
