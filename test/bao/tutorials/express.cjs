/** As much of Express as the tutorial's sample uses: middleware, routes with parameters, and JSON answers, over node:http. */
const { createServer } = require('node:http');

module.exports = function express() {
  const steps = [];
  const handle = (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    request.path = pathname;
    response.json = (value) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
    const next = (at) => {
      const step = steps[at];
      if (step === undefined) return response.writeHead(404).end();
      const match = step.pattern === null ? { groups: {} } : step.pattern.exec(pathname);
      if (match === null) return next(at + 1);
      request.params = { ...match.groups };
      Promise.resolve(step.handler(request, response, () => next(at + 1))).catch((error) => response.writeHead(500).end(String(error)));
    };
    next(0);
  };
  return {
    use: (handler) => steps.push({ pattern: null, handler }),
    get: (path, handler) => steps.push({ pattern: new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`), handler }),
    listen: (port, onListening) => createServer(handle).listen(port, onListening),
  };
};
