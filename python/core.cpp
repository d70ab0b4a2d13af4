// The Python face of src/integration. It converts, and lets go of the interpreter while servers are waited for.

#include <cxxabi.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/clock.h"
#include "config/config.h"
#include "integration/integration.h"
#include "net/curl_library.h"

namespace py = pybind11;
using namespace omniwriter;

namespace {

// One type for each thing that a caller may want to do about it; all are OmniWriterError.
struct ErrorTypes {
  py::object base;
  py::object usage;
  py::object unreachable;
  py::object refused;
};
ErrorTypes& error_types() {
  static auto* const kTypes = new ErrorTypes;  // never destroyed: the interpreter goes first
  return *kTypes;
}

void add_error_types(py::module_& module) {
  const auto add = [&](const char* name, const py::object& bases, const char* doc) {
    const std::string full = std::string("omniwriter.") + name;
    auto type = py::reinterpret_steal<py::object>(PyErr_NewExceptionWithDoc(full.c_str(), doc, bases.ptr(), nullptr));
    module.attr(name) = type;
    return type;
  };
  const auto builtin = [](PyObject* type) { return py::reinterpret_borrow<py::object>(type); };
  ErrorTypes& types = error_types();
  types.base = add("OmniWriterError", builtin(PyExc_RuntimeError), "What OmniWriter could not do, and why.");
  types.usage = add("UsageError", py::make_tuple(types.base, builtin(PyExc_ValueError)),
                    "A number, name or setting that cannot be.");
  types.unreachable = add("UnreachableError", py::make_tuple(types.base, builtin(PyExc_ConnectionError)),
                          "A server did not answer; the same call may succeed later.");
  types.refused = add("RefusedError", types.base, "A server answered and said no.");
}

[[noreturn]] void raise(const Error& error) {
  const ErrorTypes& types = error_types();
  const py::object& type = error.code == ErrorCode::usage         ? types.usage
                           : error.code == ErrorCode::unreachable ? types.unreachable
                           : error.code == ErrorCode::refused     ? types.refused
                                                                  : types.base;
  PyErr_SetString(type.ptr(), error.message.c_str());
  throw py::error_already_set();
}

/// Takes the interpreter's lock again. A daemon thread that comes back when the interpreter is gone is ended by it, in
/// unwinding: that would meet destructors of Python objects, which need the lock, and so end the process. It stays here
/// instead until the process ends by itself.
void take_lock(PyThreadState* state) {
  try {
    PyEval_RestoreThread(state);
  } catch (const abi::__forced_unwind&) {
    while (true) ::pause();
  }
}

/// Calls without the interpreter's lock; its error becomes an exception.
template <typename Call>
auto unlocked(const Call& call) {
  PyThreadState* const state = PyEval_SaveThread();
  auto result = call();
  take_lock(state);
  if (!result) raise(result.error());
  if constexpr (!std::is_void_v<typename decltype(result)::value_type>) return *std::move(result);
}

py::dict as_dict(const SystemResult& result) {
  using namespace py::literals;
  return py::dict("system"_a = result.system, "configured"_a = result.configured, "ok"_a = result.ok,
                  "problem"_a = result.problem);
}

/// What Python holds: an Integration for each process. A process that was forked begins anew, with tests and runs of
/// its own: the locks of the other may be held by threads that are not here, and two that go on with one run would
/// overwrite what the other told.
class Session {
 public:
  explicit Session(Config config) : config_(std::move(config)) { begin(); }
  ~Session() {
    if (::getpid() != process_) std::ignore = integration_.release();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// To be called with the interpreter's lock held.
  Integration& integration() {
    if (::getpid() != process_) {
      std::ignore = integration_.release();
      begin();
    }
    return *integration_;
  }

 private:
  void begin() {
    static SystemClock clock;
    integration_ = std::make_unique<Integration>(config_, clock);
    process_ = ::getpid();
  }

  const Config config_;
  std::unique_ptr<Integration> integration_;
  pid_t process_ = 0;
};

std::unique_ptr<Session> make_session(const std::optional<std::string>& config_file) {
  auto config = load_config(config_file ? std::optional<std::filesystem::path>(*config_file) : std::nullopt,
                            [](const std::string& name) -> std::optional<std::string> {
                              const char* value = std::getenv(name.c_str());
                              return value == nullptr ? std::nullopt : std::optional<std::string>(value);
                            });
  if (!config) raise(config.error());
  std::ignore = curl_library();  // loaded by one thread while another forks, it would stay half loaded there
  return std::make_unique<Session>(*std::move(config));
}

}  // namespace

PYBIND11_MODULE(_core, module) {
  module.doc() = "The core of Omni Writer.";
  add_error_types(module);
  py::class_<Session>(module, "Integration")
      .def(py::init(&make_session), py::arg("config_file") = py::none())
      .def(
          "update_metrics",
          [](Session& session, const std::string& test_name, std::uint64_t requests_count, double response_time,
             std::uint64_t errors_count, double active_users, double throughput, double cpu_usage,
             double memory_usage) {
            const MetricsUpdate update{test_name,    requests_count, response_time, errors_count,
                                       active_users, throughput,     cpu_usage,     memory_usage};
            Integration& self = session.integration();
            return unlocked([&] { return self.update_metrics(update); });
          },
          py::kw_only(), py::arg("test_name"), py::arg("requests_count"), py::arg("response_time"),
          py::arg("errors_count"), py::arg("active_users"), py::arg("throughput"), py::arg("cpu_usage"),
          py::arg("memory_usage"))
      .def(
          "send_metrics",
          [](Session& session, const std::string& system, const std::string& record) {
            Integration& self = session.integration();
            return unlocked([&]() -> Result<bool> {
              const auto json = nlohmann::json::parse(record, nullptr, false);
              if (json.is_discarded()) return fail(ErrorCode::usage, "the metrics cannot be written as JSON");
              return self.send_metrics(system, json);
            });
          },
          py::arg("system"), py::arg("record"))
      .def(
          "integrate",
          [](Session& session, const std::string& system) {
            Integration& self = session.integration();
            return as_dict(unlocked([&]() -> Result<SystemResult> { return self.integrate(system); }));
          },
          py::arg("system"))
      .def("integrate_all",
           [](Session& session) {
             Integration& self = session.integration();
             py::list list;
             for (const SystemResult& result :
                  unlocked([&]() -> Result<std::vector<SystemResult>> { return self.integrate_all(); })) {
               list.append(as_dict(result));
             }
             return list;
           })
      .def("report_json",
           [](Session& session) {
             Integration& self = session.integration();
             return unlocked([&]() -> Result<std::string> {
               return integration_report_json(self.report().report, self.config().lang);
             });
           })
      .def("write_reports", [](Session& session) {
        Integration& self = session.integration();
        using namespace py::literals;
        const auto files = unlocked([&] { return self.write_reports(); });
        return py::dict("markdown"_a = files.markdown.string(), "json"_a = files.json.string(),
                        "html"_a = files.html.string());
      });
}
