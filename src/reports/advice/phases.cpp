#include "reports/phases.h"

#include <fmt/format.h>

#include <optional>

#include "reports/advice/rules.h"
#include "reports/format_numbers.h"

namespace omniwriter::advice {
namespace {

// Where responses are quicker than that, it does not matter what they wait for.
constexpr double kSlowSeconds = 0.25;

/// The endpoint that spends most time in some phases.
struct Spender {
  const EndpointSummary* endpoint = nullptr;
  double share = 0;  // of the time of all endpoints in these phases
};

Spender most_of(const RunSummary& summary, std::initializer_list<SampleKind> phases) {
  Spender found;
  double all = 0;
  double most = -1;
  for (const EndpointSummary& endpoint : summary.endpoints) {
    double seconds = 0;
    for (const SampleKind phase : phases) {
      const Tally* const tally = endpoint.phases.find(phase);
      if (tally != nullptr) seconds += tally->response_time.sum_seconds();
    }
    all += seconds;
    if (seconds > most) {
      most = seconds;
      found.endpoint = &endpoint;
    }
  }
  found.share = all > 0 ? most / all : 0;
  return found;
}

std::string id_of(TimeGoesTo where) { return fmt::format("time_{}", name_of(where)); }

void time_at_the_server(Advisor& advisor, const RunSummary& summary) {
  const Spender most = most_of(summary, {SampleKind::waiting});
  if (most.endpoint == nullptr) return;
  const Tally* const waiting = most.endpoint->phases.find(SampleKind::waiting);
  advisor.say(
      id_of(TimeGoesTo::server),
      [&](Language language) {
        return worded(language,
                      "Procure no servidor, não na rede: comece pelo que “{}” espera lá (banco de dados, filas, outros "
                      "serviços).",
                      "Look at the server, not at the network: start with what “{}” waits for there (database, queues, "
                      "other services).",
                      name(most.endpoint->endpoint));
      },
      [&](Language language) {
        return worded(language, "espera pelo primeiro byte: {} do tempo; {} dela nesse endpoint, com p95 de {}",
                      "waiting for the first byte: {} of the time; {} of it at that endpoint, with a p95 of {}",
                      format_percent(summary.phases.share(SampleKind::waiting), language),
                      format_percent(most.share, language),
                      format_time(waiting == nullptr ? std::nullopt : waiting->quantile(0.95), language));
      });
}

void time_in_transfer(Advisor& advisor, const RunSummary& summary) {
  const Spender most = most_of(summary, {SampleKind::sending, SampleKind::receiving});
  if (most.endpoint == nullptr) return;
  const Tally& tally = most.endpoint->numbers.tally;
  const std::uint64_t bytes = (tally.bytes_received + tally.bytes_sent) / std::max<std::uint64_t>(tally.samples(), 1);
  advisor.say(
      id_of(TimeGoesTo::transfer),
      [&](Language language) {
        return worded(language,
                      "Reduza o que é transferido (compressão, paginação) ou aumente a banda, começando por “{}”: o "
                      "tempo é gasto na rede.",
                      "Transfer less (compression, paging) or add bandwidth, starting with “{}”: the time goes to the "
                      "network.",
                      name(most.endpoint->endpoint));
      },
      [&](Language language) {
        std::string text = worded(
            language, "envio e recebimento: {} do tempo; {} deles nesse endpoint",
            "sending and receiving: {} of the time; {} of it at that endpoint",
            format_percent(summary.phases.share(SampleKind::sending) + summary.phases.share(SampleKind::receiving),
                           language),
            format_percent(most.share, language));
        if (bytes > 0) {
          text += worded(language, ", com {} por requisição", ", with {} a request", format_bytes(bytes, language));
        }
        return text;
      });
}

void time_on_the_way(Advisor& advisor, const RunSummary& summary) {
  advisor.say(
      id_of(TimeGoesTo::distance),
      [&](Language language) {
        return worded(language,
                      "Aproxime o servidor dos usuários, ou o gerador do servidor: o caminho leva mais tempo que a "
                      "resposta.",
                      "Bring the server closer to its users, or the load generator closer to the server: the way takes "
                      "longer than the response.");
      },
      [&](Language language) {
        return worded(language, "ida e volta de {} (mediana das conexões abertas), espera mediana de {}",
                      "round trip of {} (median of the connections opened), median wait of {}",
                      format_time(summary.phases.round_trip(), language),
                      format_time(summary.phases.find(SampleKind::waiting)->quantile(0.5), language));
      });
}

void time_before_sending(Advisor& advisor, const RunSummary& summary, TimeGoesTo where) {
  const Phases& phases = summary.phases;
  advisor.say(
      id_of(where),
      [&](Language language) {
        switch (where) {
          case TimeGoesTo::new_connections:
            return worded(language, "Reaproveite conexões (keep-alive): a maior parte das requisições abre uma nova.",
                          "Reuse connections (keep-alive): most requests open a new one.");
          case TimeGoesTo::dns:
            return worded(language, "Verifique o DNS do gerador de carga, ou guarde as respostas dele (cache).",
                          "Check the DNS of the load generator, or have its answers cached.");
          case TimeGoesTo::free_connection:
            return worded(language,
                          "Dê mais conexões ao gerador de carga (conexões por host, portas, arquivos abertos): as "
                          "requisições esperam por uma livre.",
                          "Give the load generator more connections (connections a host, ports, open files): requests "
                          "wait for a free one.");
          default:
            return worded(language,
                          "Verifique a rede até o servidor, o TLS e a fila de conexões dele (backlog): abrir uma "
                          "conexão demora.",
                          "Check the network up to the server, its TLS and its queue of connections (backlog): opening "
                          "a connection takes long.");
        }
      },
      [&](Language language) {
        std::string text = worded(language, "antes do envio: {} do tempo", "before sending: {} of the time",
                                  format_percent(phases.share_of_connecting(), language));
        std::string separator = " (";
        for (const SampleKind phase : {SampleKind::blocked, SampleKind::dns, SampleKind::connect, SampleKind::tls}) {
          if (phases.share(phase) <= 0) continue;
          text += fmt::format("{}{} {}", separator, text_of(text_for(phase), language),
                              format_percent(phases.share(phase), language));
          separator = ", ";
        }
        text += ")";
        if (const auto opened = phases.opened_connections()) {
          text += worded(language, "; {} das requisições abriram uma conexão",
                         "; {} of the requests opened a connection", format_percent(*opened, language));
        }
        return text;
      });
}

}  // namespace

void where_time_goes(Advisor& advisor, const Facts& facts) {
  const RunSummary& summary = *facts.summary;
  const auto where = summary.phases.time_goes_to();
  if (!where || summary.phases.known.front().tally->samples() < kMinSamplesOfEndpoint) return;
  const bool slow = summary.total.quantile(0.95).value_or(0) >= kSlowSeconds;
  switch (*where) {
    case TimeGoesTo::server:
      if (slow) time_at_the_server(advisor, summary);
      return;
    case TimeGoesTo::transfer:
      if (slow) time_in_transfer(advisor, summary);
      return;
    case TimeGoesTo::distance:
      if (slow) time_on_the_way(advisor, summary);
      return;
    case TimeGoesTo::network_and_server:
      return;
    default:
      time_before_sending(advisor, summary, *where);
  }
}

}  // namespace omniwriter::advice
