#include "model/translation.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace omniwriter {
namespace {

std::string in_portuguese(std::string_view sentence) { return translated(sentence, Language::pt_br); }

/// A phrase with "V0", "V1", … for its values.
std::string filled(std::string_view phrase) {
  std::string text;
  for (std::size_t next = 0; !phrase.empty();) {
    const bool value = phrase.starts_with("{}") || phrase.starts_with("{*}");
    if (!value) {
      text += phrase.front();
      phrase.remove_prefix(1);
      continue;
    }
    text += "V" + std::to_string(next++);
    phrase.remove_prefix(phrase.find('}') + 1);
  }
  return text;
}

TEST(Translation, EveryPhraseIsFoundWhateverItsValues) {
  std::set<std::string_view> known;
  for (const Phrase& phrase : portuguese_phrases()) {
    EXPECT_TRUE(known.insert(phrase.english).second) << phrase.english << " is there twice";
    EXPECT_EQ(in_portuguese(filled(phrase.english)), filled(phrase.portuguese)) << phrase.english;
  }
}

TEST(Translation, ValuesStayAsTheyAreAndSentencesWithinAreTranslated) {
  EXPECT_EQ(in_portuguese("cannot open results.jtl: No such file or directory"),
            "não foi possível abrir results.jtl: arquivo ou pasta não encontrado");
  EXPECT_EQ(in_portuguese("it is not known to anybody"), "it is not known to anybody");
  EXPECT_EQ(in_portuguese("cannot open no status: Permission denied"),
            "não foi possível abrir no status: permissão negada");
}

TEST(Translation, SentencesThatWerePutTogether) {
  EXPECT_EQ(in_portuguese("a.yaml:3: tls.ca_file: must not be empty"), "a.yaml:3: tls.ca_file: não pode estar vazio");
  EXPECT_EQ(in_portuguese("GET http://shop:9090/: Failed to connect to shop port 9090 after 2 ms: Couldn't connect to "
                          "server"),
            "GET http://shop:9090/: não foi possível conectar a shop, porta 9090, em 2 ms: o servidor não atende");
  EXPECT_EQ(in_portuguese("HTTP 403: nope; is this its address?"), "HTTP 403: nope; o endereço é esse mesmo?");
  EXPECT_EQ(in_portuguese("a.jtl:2: no status; a.jtl:3: no time"), "a.jtl:2: sem status; a.jtl:3: sem horário");
  EXPECT_EQ(in_portuguese("once this is mended: omniwriter deliver a; to another address: omniwriter replay a"),
            "depois de corrigir: omniwriter deliver a; para outro endereço: omniwriter replay a");
  EXPECT_EQ(in_portuguese("not valid XML: this; or that"), "não é XML válido: this; or that");
  EXPECT_EQ(in_portuguese("output influxdb: \"tcp://x\" is not the address of a server: the port is missing"),
            "destino influxdb: \"tcp://x\" não é o endereço de um servidor: falta a porta");
  EXPECT_EQ(in_portuguese("there is no place for the store\nname a file with --store FILE"),
            "não há onde guardar as execuções\nindique um arquivo com --store ARQUIVO");
}

TEST(Translation, EnglishStays) {
  EXPECT_EQ(translated("nothing is pending", Language::en), "nothing is pending");
  EXPECT_EQ(translated("", Language::pt_br), "");
}

TEST(Translation, WhatServersAndFilesSayCannotTakeLong) {
  std::string long_one;
  for (int i = 0; i < 4000; ++i) long_one += ": ; {}";
  EXPECT_EQ(in_portuguese(long_one), long_one);
  const std::string shorter = long_one.substr(0, 12'000);
  EXPECT_EQ(in_portuguese(shorter), shorter);
}

}  // namespace
}  // namespace omniwriter
