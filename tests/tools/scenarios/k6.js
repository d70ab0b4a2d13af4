import http from 'k6/http';
import { sleep } from 'k6';

const target = __ENV.TARGET;

const scenarios = {
  mixed: { executor: 'shared-iterations', exec: 'mixed', vus: 10, iterations: 500 },
  rate: { executor: 'constant-arrival-rate', exec: 'one', rate: Number(__ENV.RATE), duration: '4s', preAllocatedVUs: 100, maxVUs: 400 },
  endless: { executor: 'constant-vus', exec: 'paced', vus: 4, duration: '1h', gracefulStop: '5s' },
};

export const options = {
  scenarios: { [__ENV.SCENARIO]: scenarios[__ENV.SCENARIO] },
  thresholds: __ENV.STRICT ? { http_req_failed: ['rate<0.01'] } : {},
};

export function mixed() {
  http.get(target + '/fast');
  http.get(target + '/flaky?id=' + __ITER, { tags: { name: '/flaky' } });
  http.get(target + '/missing');
  if (__ITER % 10 === 0) http.get(target + '/slow');
}

export function one() {
  http.get(target + '/flaky');
}

export function paced() {
  http.get(target + '/fast');
  sleep(0.02);
}
