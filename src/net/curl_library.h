#pragma once
/// libcurl, loaded when the first request is made. Linked in the usual way, it and the thirty libraries it needs would
/// take half of the start-up of a program that mostly sends nothing. Private to this folder.

#include <curl/curl.h>

namespace omniwriter {

/// The functions in use, under their own names without "curl_".
struct CurlLibrary {
  decltype(&::curl_easy_init) easy_init;
  decltype(&::curl_easy_cleanup) easy_cleanup;
  decltype(&::curl_easy_reset) easy_reset;
  decltype(&::curl_easy_setopt) easy_setopt;
  decltype(&::curl_easy_perform) easy_perform;
  decltype(&::curl_easy_getinfo) easy_getinfo;
  decltype(&::curl_easy_strerror) easy_strerror;
  decltype(&::curl_slist_append) slist_append;
  decltype(&::curl_slist_free_all) slist_free_all;
  decltype(&::curl_url) url;
  decltype(&::curl_url_cleanup) url_cleanup;
  decltype(&::curl_url_set) url_set;
  decltype(&::curl_url_get) url_get;
  decltype(&::curl_free) free;
  decltype(&::curl_getdate) getdate;
};

/// The library, loaded and initialised once; null where it is not installed. Thread-safe.
[[nodiscard]] const CurlLibrary* curl_library();

}  // namespace omniwriter
