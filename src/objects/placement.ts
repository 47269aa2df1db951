/** Where an object is made, by the rules of OBJECT_PLACEMENT. */
import { parsePlacement, type Place, placeOf, type PlacementRule } from '../wire/placement.ts';

/** What a namespace of objects has to offer here. One of the platform's takes a place, too. */
interface Namespace<Stub> {
  getByName(name: string, options?: { locationHint: NonNullable<Place['locationHint']> }): Stub;
}

interface RestrictableNamespace<Stub> extends Namespace<Stub> {
  jurisdiction(jurisdiction: NonNullable<Place['jurisdiction']>): Namespace<Stub>;
}

/** The variables of the Worker, which the platform has in Node's global from compatibility dates of 2025-04-01 on. */
const { process } = globalThis as { process?: { env: { ENVIRONMENT?: string; OBJECT_PLACEMENT?: string } } };

let parsed: { text: string; rules: readonly PlacementRule[] } = { text: '', rules: [] };

/** The stub of a tenant's object, or, of null, of one that is no tenant's, where the rules have it. The runtime on this machine knows no jurisdictions. */
export function placedStub<Stub>(namespace: Namespace<Stub>, tenant: string | null, name: string): Stub {
  const { ENVIRONMENT, OBJECT_PLACEMENT = '' } = process?.env ?? {}; // `readEnvironment` of edge has checked them
  const { locationHint, jurisdiction } = placeOf(rulesOf(OBJECT_PLACEMENT), tenant);
  const isRestricted = jurisdiction !== undefined && ENVIRONMENT !== 'development';
  const place = isRestricted ? (namespace as RestrictableNamespace<Stub>).jurisdiction(jurisdiction) : namespace; // where jurisdictions are, namespaces are the platform's
  return locationHint === undefined ? place.getByName(name) : place.getByName(name, { locationHint });
}

function rulesOf(text: string): readonly PlacementRule[] {
  if (parsed.text !== text) {
    const placement = parsePlacement(text);
    parsed = { text, rules: 'rules' in placement ? placement.rules : [] };
  }
  return parsed.rules;
}
