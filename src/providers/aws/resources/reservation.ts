import type { ReservedDBInstancesOffering } from '@aws-sdk/client-rds';
import type { Notice } from '../../../engine/plan.ts';
import { defineResource, type Desired, type FieldTable } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { RESERVATION } from '../addresses.ts';
import { ensure } from '../../desired-resources.ts';
import { ignoring } from '../../failures.ts';
import { reservationId } from '../api/names.ts';
import { toList } from '../api/tags.ts';
import { tagsFor, type AwsContext } from '../context.ts';

const FIELDS = {
  offering: {
    api: 'ReservedDBInstancesOfferingId',
    input: 'reserved_offering_id',
    impact: 'online',
    constraint: 'create-only'
  },
  count: { api: 'DBInstanceCount', input: 'reserved_instance_count', impact: 'online', constraint: 'create-only' },
  price: { api: 'FixedPrice', impact: 'online' },
  term: { api: 'Duration', impact: 'online' }
} as const satisfies FieldTable;

/**
 * A reserved instance. It can't be given back, so a destroy must not find it: `requestedReservation` looks for it
 * instead.
 */
export const reservation = defineResource<AwsContext>()({
  type: 'reservation',
  fields: FIELDS,
  permissions: {
    observe: ['rds:DescribeReservedDBInstances', 'rds:DescribeReservedDBInstancesOfferings'],
    create: ['rds:PurchaseReservedDBInstancesOffering', 'rds:AddTagsToResource'],
    update: [],
    delete: []
  },
  // Asked with everything else, so that a look-up after an apply costs no call.
  observe: async context => {
    const offering = context.settings.reserved_offering_id;
    if (offering !== undefined) await context.liveState().reserved(offering);
    return [];
  },
  create: async (context, work) => {
    const offering = textOf(work.values.offering);
    const id = reservationId(context.names, offering);
    await ignoring(
      ['already-exists'],
      context.call('rds', 'PurchaseReservedDBInstancesOffering', {
        ReservedDBInstancesOfferingId: offering,
        ReservedDBInstanceId: id,
        DBInstanceCount: Number(work.values.count),
        Tags: toList(tagsFor(context, work.mark))
      })
    );
    return { id };
  },
  update: async () => ({}),
  remove: async () => undefined
});

export interface ReservationRequest {
  readonly desired: readonly Desired[];
  readonly notices: readonly Notice[];
}

/** Reports the price of an offering, and desires it where the purchase is confirmed and not made yet. */
export async function requestedReservation(context: AwsContext): Promise<ReservationRequest> {
  const { reserved_offering_id: offering, confirm_purchase: confirmed } = context.settings;
  if (offering === undefined) return { desired: [], notices: [] };
  const id = reservationId(context.names, offering);
  const [bought, offer] = await Promise.all([
    context.liveState().reserved(offering),
    context.offerings.reservedOffering(offering)
  ]);
  const state = bought?.State;
  if (state !== undefined) {
    return say('info', 'reserved', `The reserved instance ${id} is already bought (${state}).`);
  }
  if (offer === undefined)
    return say('warning', 'reservation-unknown', `RDS has no offering ${offering} in this region.`);
  const count = context.settings.reserved_instance_count ?? 1;
  const what = `${count} × ${describe(offer)}`;
  if (confirmed !== offering) {
    return say(
      'warning',
      'reservation',
      `Not bought: ${what}. To buy it, apply with \`confirm_purchase: ${offering}\`.`
    );
  }
  const wanted = { offering, count, price: priceOf(offer), term: termOf(offer) };
  return {
    desired: [ensure({ settings: {} }, reservation, RESERVATION, `reserved instance ${id}`, wanted)],
    notices: say('danger', 'reservation', `Applying buys ${what}. The purchase can't be undone.`).notices
  };
}

function say(severity: Notice['severity'], code: string, message: string): ReservationRequest {
  return { desired: [], notices: [{ code, severity, input: 'reserved_offering_id', message }] };
}

function describe(offer: ReservedDBInstancesOffering): string {
  return `${offer.DBInstanceClass ?? 'unknown'} for ${termOf(offer)}, ${offer.OfferingType ?? ''}${offer.MultiAZ === true ? ', Multi-AZ' : ''}: ${priceOf(offer)}`;
}

function termOf(offer: ReservedDBInstancesOffering): string {
  const years = Math.round((offer.Duration ?? 0) / 31_536_000);
  return years === 1 ? '1 year' : `${years} years`;
}

function priceOf(offer: ReservedDBInstancesOffering): string {
  const currency = offer.CurrencyCode ?? 'USD';
  const hourly = offer.RecurringCharges?.[0]?.RecurringChargeAmount ?? offer.UsagePrice ?? 0;
  return `${offer.FixedPrice ?? 0} ${currency} at once and ${hourly} ${currency} an hour`;
}
