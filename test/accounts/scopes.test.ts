import { describe, expect, it } from 'vitest';
import { grantedScopes, whyNotScopes } from '../../src/accounts/scopes.ts';

describe('scopes of a new key', () => {
  it.each([
    [['models:read'], 'acme'],
    [['models:read', 'models:write'], 'acme'],
    [['operator'], null],
  ])('may be %j for tenant %j', (scopes, tenant) => {
    expect(whyNotScopes(scopes, tenant)).toBeNull();
  });

  it.each([
    [[], 'acme', /at least one/],
    [['tenant:admin'], 'acme', /got "tenant:admin"/],
    [['models:admin'], 'acme', /got "models:admin"/],
    [['operator'], 'acme', /never a tenant's/],
    [['models:read', 'operator'], 'acme', /never a tenant's/],
    [[], null, /operator/],
    [['models:read'], null, /no other/],
    [['operator', 'models:read'], null, /no other/],
  ])('may not be %j for tenant %j', (scopes, tenant, reason) => {
    expect(whyNotScopes(scopes, tenant)).toMatch(reason);
  });
});

describe('scopes of a stored key', () => {
  it('are those of the row that are known', () => {
    expect(grantedScopes('["models:write","models:read","models:fly","tenant:admin"]', 'acme')).toEqual(['models:read', 'models:write']);
  });

  it('include operator for keys without a tenant only, and nothing else for those', () => {
    expect(grantedScopes('["operator","models:read"]', 'acme')).toEqual(['models:read']);
    expect(grantedScopes('["operator","models:read"]', null)).toEqual(['operator']);
  });

  it.each(['', 'models:read', '{"models:read":true}', '"models:read"', '[["models:read"]]', 'null'])(
    'are none when the row holds %j',
    (json) => {
      expect(grantedScopes(json, 'acme')).toEqual([]);
    },
  );
});
