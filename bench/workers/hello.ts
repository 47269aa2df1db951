/** What a request costs before the service does anything. */
export default {
  fetch(): Response {
    return new Response('hello');
  },
};
