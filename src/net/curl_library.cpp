#include "net/curl_library.h"

#include <dlfcn.h>

#include <optional>
#include <type_traits>

namespace omniwriter {
namespace {

std::optional<CurlLibrary> load() {
  void* const library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return std::nullopt;
  CurlLibrary curl{};
  bool found = true;
  const auto bind = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    found = found && function != nullptr;
  };
  decltype(&::curl_global_init) global_init = nullptr;
  bind(global_init, "curl_global_init");
  bind(curl.easy_init, "curl_easy_init");
  bind(curl.easy_cleanup, "curl_easy_cleanup");
  bind(curl.easy_reset, "curl_easy_reset");
  bind(curl.easy_setopt, "curl_easy_setopt");
  bind(curl.easy_perform, "curl_easy_perform");
  bind(curl.easy_getinfo, "curl_easy_getinfo");
  bind(curl.easy_strerror, "curl_easy_strerror");
  bind(curl.slist_append, "curl_slist_append");
  bind(curl.slist_free_all, "curl_slist_free_all");
  bind(curl.url, "curl_url");
  bind(curl.url_cleanup, "curl_url_cleanup");
  bind(curl.url_set, "curl_url_set");
  bind(curl.url_get, "curl_url_get");
  bind(curl.free, "curl_free");
  bind(curl.getdate, "curl_getdate");
  if (!found || global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return std::nullopt;
  return curl;
}

}  // namespace

const CurlLibrary* curl_library() {
  static const std::optional<CurlLibrary> library = load();
  return library ? &*library : nullptr;
}

}  // namespace omniwriter
