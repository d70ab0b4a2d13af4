import static io.gatling.javaapi.core.CoreDsl.*;
import static io.gatling.javaapi.http.HttpDsl.*;

import io.gatling.javaapi.core.Simulation;

public class LuckSimulation extends Simulation {
  {
    setUp(scenario("users").repeat(100).on(
            exec(http("/flaky").get("/flaky").check(status().is(200))),
            exec(http("/fast").get("/fast").check(status().is(200))))
            .injectOpen(atOnceUsers(5)))
        .protocols(http.baseUrl(System.getenv("TARGET")))
        .assertions(global().failedRequests().percent().lt(Double.parseDouble(System.getenv("MOST_FAILED"))));
  }
}
