/** For tests of an application, in workerd beside its Worker: tenants to throw away, clients of theirs, and a clock that can be put forward. */
export { fakeClock, type FakeClock } from './fake-clock.ts';
export { testService, type KeyHolder, type TestService, type TestServiceOptions, type TestTenant } from './test-service.ts';
