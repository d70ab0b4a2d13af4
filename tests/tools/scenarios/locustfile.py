from locust import HttpUser, constant, task


class Visitor(HttpUser):
    wait_time = constant(0.01)

    @task(3)
    def flaky(self):
        self.client.get("/flaky?id=1", name="/flaky")

    @task(2)
    def fast(self):
        self.client.get("/fast")

    @task
    def missing(self):
        with self.client.get("/missing", catch_response=True) as answer:
            answer.failure(f"an error, with \"quotes\" and a comma: {answer.status_code}")
