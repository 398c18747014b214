# A batch script: what it is told stands in its environment, what it says goes to its log, and its exit code tells ECS.
cause <- Sys.getenv("UPLOAD_URI", unset = "the clock")
if (Sys.getenv("TOKEN") == "") stop("TOKEN must be given")
cat("started by", cause, "\n")
model <- lm(mpg ~ wt + hp, data = mtcars)
cat(sprintf("%s %s: %.3f\n", Sys.getenv("LABEL"), names(coef(model)), coef(model)), sep = "")
