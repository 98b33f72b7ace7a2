# Invented numbers: two mediators; `age` is in all equations, `size`, constant inside teams, only in those of the mediators.
data <- read.csv("data.csv")
for (mediator in c("alliance", "hope")) {
  means <- ave(data[[mediator]], data$team)
  data[[paste0(mediator, "_mean")]] <- means
  data[[paste0(mediator, "_within")]] <- data[[mediator]] - means
}
predictor <- "x"
cluster <- "team"
alliance <- alliance ~ x + age + size + (1 | team)
hope <- hope ~ x + age + size + (1 | team)
b <- y ~ x + alliance_within + alliance_mean + hope_within + hope_mean + age + (1 | team)
total <- y ~ x + age + (1 | team)
equations <- list(mediator_alliance = list(full = alliance, kept = alliance),
                  mediator_hope = list(full = hope, kept = hope),
                  outcome = list(full = b, kept = b), total = list(full = total, kept = total))
source("../mixed.R")
