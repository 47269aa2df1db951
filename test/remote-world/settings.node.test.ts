import { describe, expect, it } from 'vitest';
import createStableWorld, { createWorld } from '../../src/remote-world/index.ts';
import { readAppSettings, readServiceAccess } from '../../src/remote-world/settings.ts';

describe('the settings of an app', () => {
  it('say where the service is, and as whom it is called', () => {
    const STEAMER_URL = 'https://api.example.com/v1/acme/';
    expect(readServiceAccess({ STEAMER_URL, STEAMER_KEY: 'stm_live_1' })).toEqual({
      url: 'https://api.example.com/v1/acme',
      key: 'stm_live_1',
    });
    expect(readServiceAccess({})).toBeNull();
    expect(() => readServiceAccess({ STEAMER_URL })).toThrow('STEAMER_KEY: expected');
    for (const url of ['https://api.example.com', 'api.example.com/v1/acme', 'https://api.example.com/v1/acme/streams'])
      expect(() => readServiceAccess({ STEAMER_URL: url, STEAMER_KEY: 'key' })).toThrow(
        'STEAMER_URL: expected https://<service>/v1/<tenant>',
      );
  });

  it('say who the app is', () => {
    expect(readAppSettings({ PORT: '4000' })).toEqual({
      app: 'default',
      deploymentId: 'default',
      callbackUrl: 'http://localhost:4000',
      secret: null,
    });
    expect(() => readAppSettings({ WORKFLOW_SECRET: 'c2hvcnQ=' })).toThrow('expected base64 of 32 bytes or more, got 5');
  });

  it('are not needed to load the World, of which a process has one', () => {
    const world = createStableWorld();
    expect(world).toBe(createStableWorld());
    expect([world.specVersion, createWorld().specVersion]).toEqual([3, 5]);
    expect(typeof world.createQueueHandler('__wkf_step_', async () => undefined)).toBe('function');
  });
});
