package dev.assay.quickstart.house;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethodWhere;
import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaConstructorCall;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.assay.determinism.CrashPoint;
import jakarta.persistence.Entity;
import java.math.BigDecimal;
import java.net.URL;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.NullMarked;

/**
 * One constant a rule, with the name of a class that breaks it. {@link ArchitectureTests} applies
 * each rule to production code and shows on that class that it can fail.
 */
enum ArchitectureRules {
  PROCESSES_SHARE_ONLY_THE_PROTOCOL(
      "agent.seeded.CallsTheMarket",
      slices()
          .matching("dev.assay.(marketplace|settlement|agent)..")
          .should()
          .notDependOnEachOther()
          .because("a process that calls another's classes cannot be deployed, or fail, alone")),

  PACKAGES_FORM_NO_CIRCLE(
      "protocol.seeded.one.One",
      slices()
          .matching("dev.assay.(**)")
          .should()
          .beFreeOfCycles()
          .because("in a circle nothing can be understood, tested or moved by itself")),

  THE_PROTOCOL_KNOWS_NO_FRAMEWORK(
      "protocol.seeded.NeedsSpring",
      noClasses()
          .that()
          .resideInAnyPackage("dev.assay.protocol..", "dev.assay.determinism..")
          .should(
              dependOnClassesThat(
                  resideInAnyPackage(
                      "org.springframework..",
                      "jakarta..",
                      "org.apache.kafka..",
                      "org.web3j.protocol..",
                      "tools.jackson..",
                      "dev.assay.marketplace..",
                      "dev.assay.settlement..",
                      "dev.assay.agent..",
                      "dev.assay.quickstart..")))
          .because("agents, phones and verifiers must be able to use it without a server's jars")),

  THE_AGENT_KNOWS_NO_SERVER_FRAMEWORK(
      "agent.seeded.UsesSpring",
      noClasses()
          .that()
          .resideInAPackage("dev.assay.agent..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.springframework..", "jakarta..", "org.apache.kafka..")
          .because("it runs beside a model on small machines and must start light")),

  DECIDERS_ARE_PURE(
      "marketplace.seeded.Judge",
      noClasses()
          .that()
          .haveNameMatching(
              "dev\\.assay\\..*\\.(Matcher|Judge|[A-Z]\\w*Policy|[A-Z]\\w*Planner|[A-Z]\\w*Decider)")
          .and()
          .resideOutsideOfPackage("..platform..")
          .should(
              dependOnClassesThat(
                  resideInAnyPackage(
                      "org.springframework..",
                      "jakarta..",
                      "org.apache.kafka..",
                      "java.net..",
                      "java.sql..",
                      "java.nio.file..",
                      "org.slf4j..")))
          .because("a decision about money or guilt must be the same for everyone who repeats it")
          .allowEmptyShould(true)),

  TIME_AND_CHANCE_ARE_GIVEN(
      "marketplace.seeded.TakesTimeAndChance",
      noClasses()
          .that()
          .resideInAPackage("dev.assay..")
          .should(callMethodWhere(takesTimeOrChance()))
          .orShould(makeChance())
          .because(
              "what reads the machine's clock or dice cannot be replayed or tested without sleep")),

  ONLY_THE_EDGE_TAKES_THE_MACHINES_CLOCK(
      "marketplace.seeded.TakesTimeAndChance",
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "..platform..", "dev.assay.agent.cli..", "dev.assay.quickstart..")
          .should(
              callMethodWhere(
                  describe(
                      "take the system's clock",
                      call ->
                          call.getTargetOwner().isEquivalentTo(Clock.class)
                              && call.getName().startsWith("system"))))
          .orShould()
          .callConstructor(SecureRandom.class)
          .because(
              "each process takes time and chance at one place, so that a test can give others")),

  ENTITIES_HAVE_NO_SETTERS(
      "marketplace.seeded.Account",
      noMethods()
          .that()
          .areDeclaredInClassesThat()
          .areAnnotatedWith(Entity.class)
          .should()
          .haveNameMatching("set[A-Z].*")
          .because("a state is changed by a named transition that checks it, not field by field")),

  CONTROLLERS_AND_REPOSITORIES_ARE_PRIVATE(
      "marketplace.seeded.OpenController",
      noClasses()
          .that(areControllers().or(areRepositories()))
          .should()
          .bePublic()
          .because("another module must ask for a use case, not reach for our table or our URL")),

  ONLY_MESSAGING_KNOWS_KAFKA(
      "marketplace.seeded.WritesToKafka",
      noClasses()
          .that()
          .resideOutsideOfPackages("..messaging..", "dev.assay.quickstart..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.kafka..", "org.springframework.kafka..")
          .because("whatever is said through Kafka must be said in one place, through the outbox")),

  ONLY_CHAIN_TALKS_TO_A_NODE(
      "settlement.seeded.AsksANode",
      noClasses()
          .that()
          .resideInAnyPackage("dev.assay.settlement..", "dev.assay.marketplace..")
          .and()
          .resideOutsideOfPackages("dev.assay.settlement.chain..")
          .should(
              dependOnClassesThat(
                  resideInAnyPackage("java.net.http..", "org.web3j.protocol..")
                      .or(describe("URL", type -> type.isEquivalentTo(URL.class)))))
          .because("a node lies, lags and dies; only one place may know how to live with that")),

  NO_TRANSACTION_WAITS_FOR_THE_CHAIN(
      "settlement.seeded.WaitsForTheChain",
      noClasses()
          .that(
              describe(
                  "open transactions",
                  type ->
                      type.getDirectDependenciesFromSelf().stream()
                          .anyMatch(to ->
                              to.getTargetClass()
                                  .getPackageName()
                                  .startsWith("org.springframework.transaction"))))
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("dev.assay.settlement.chain.ChainClient")
          .because("a row lock must not last as long as a stranger's node takes to answer")),

  ONLY_THE_PROTOCOL_SIGNS(
      "settlement.seeded.SignsByItself",
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.assay.protocol..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.web3j..")
          .because("two ways to hash or sign the same thing will differ one day")),

  MONEY_HAS_NO_FRACTIONS(
      "protocol.seeded.CountsInFractions",
      noClasses()
          .that()
          .resideInAnyPackage("dev.assay.protocol..", "dev.assay.settlement..", "..purse..")
          .should()
          .dependOnClassesThat()
          .areAssignableTo(BigDecimal.class)
          .because("amounts are whole atomic units; a fraction is a rounding that nobody signed")),

  NAMES_SAY_WHAT_A_CLASS_IS(
      "protocol.seeded.PriceHelper",
      noClasses()
          .that()
          .resideInAPackage("dev.assay..")
          .should()
          .haveNameMatching(".*(Manager|Helper|Utils?|Impl|Abstract\\w+|Data|Info)")
          .because("such a name says that nobody knew what the class is for")),

  PACKAGES_ARE_NULL_MARKED(
      "seeded.Unmarked",
      classes()
          .that()
          .resideInAPackage("dev.assay..")
          .should(beInNullMarkedPackages())
          .because(
              "@NullMarked is not inherited, and an unmarked package is not checked for nulls")),

  NO_FIELD_IS_INJECTED(
      "marketplace.seeded.HasInjectedField",
      classes()
          .that()
          .resideInAPackage("dev.assay..")
          .should(haveNoInjectedFields())
          .because("what a class needs stands in its constructor, where a test can give it")),

  COMPONENTS_ARE_NOT_NESTED(
      "marketplace.seeded.Hides$Hidden",
      noClasses()
          .that()
          .areNestedClasses()
          .should()
          .beMetaAnnotatedWith("org.springframework.stereotype.Component")
          .because("a start looks for components in types that are in no other, half of all")),

  ONLY_COMMANDS_WRITE_TO_THE_CONSOLE(
      "marketplace.seeded.Prints",
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.assay.agent.cli..", "dev.assay.quickstart..")
          .should(accessTheConsole())
          .because(
              "a service speaks through its structured log; anything else is lost or breaks it")),

  EVERY_CRASH_POINT_IS_PASSED(
      "determinism.CrashPoint",
      classes()
          .that()
          .areAssignableTo(CrashPoint.class)
          .should(beReachedByProductionCode())
          .because("a crash point that nobody passes makes a test that proves nothing"));

  private final String seeded;
  private final ArchRule rule;

  ArchitectureRules(String seeded, ArchRule rule) {
    this.seeded = seeded;
    this.rule = rule;
  }

  /** A class under dev.assay that breaks the rule; compiled with the tests, shipped nowhere. */
  String seeded() {
    return seeded;
  }

  ArchRule rule() {
    return rule;
  }

  private static DescribedPredicate<JavaCall<?>> takesTimeOrChance() {
    return describe(
        "take time or chance from the machine",
        call -> {
          JavaClass owner = call.getTargetOwner();
          String name = call.getName();
          boolean isNow =
              owner.getPackageName().equals("java.time")
                  && name.equals("now")
                  && call.getTarget().getRawParameterTypes().isEmpty();
          return isNow
              || owner.isEquivalentTo(System.class) && name.equals("currentTimeMillis")
              || owner.isEquivalentTo(UUID.class) && name.equals("randomUUID")
              || owner.isEquivalentTo(Math.class) && name.equals("random")
              || owner.getName().equals("java.util.concurrent.ThreadLocalRandom");
        });
  }

  private static DescribedPredicate<JavaClass> areControllers() {
    return describe(
        "are controllers",
        type -> type.isAnnotatedWith("org.springframework.web.bind.annotation.RestController"));
  }

  private static DescribedPredicate<JavaClass> areRepositories() {
    return describe(
        "are repositories",
        type ->
            type.isInterface()
                && type.isAssignableTo("org.springframework.data.repository.Repository"));
  }

  private static ArchCondition<JavaClass> makeChance() {
    return new ArchCondition<>("make a java.util.Random or a Date") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        for (JavaConstructorCall call : type.getConstructorCallsFromSelf()) {
          boolean isChance =
              call.getTargetOwner().isEquivalentTo(Random.class)
                  || call.getTargetOwner().getName().equals("java.util.Date")
                      && call.getTarget().getRawParameterTypes().isEmpty();
          events.add(new SimpleConditionEvent(call, isChance, call.getDescription()));
        }
      }
    };
  }

  private static ArchCondition<JavaClass> beInNullMarkedPackages() {
    return new ArchCondition<>("be in a package with @NullMarked") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        events.add(
            new SimpleConditionEvent(
                type,
                type.getPackage().isAnnotatedWith(NullMarked.class),
                type.getPackageName() + " has no package-info.java with @NullMarked"));
      }
    };
  }

  private static ArchCondition<JavaClass> haveNoInjectedFields() {
    Set<String> injections =
        Set.of(
            "org.springframework.beans.factory.annotation.Autowired",
            "org.springframework.beans.factory.annotation.Value",
            "jakarta.inject.Inject",
            "jakarta.annotation.Resource");
    return new ArchCondition<>("have no injected field") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        for (JavaField field : type.getFields()) {
          boolean isInjected = injections.stream().anyMatch(field::isAnnotatedWith);
          events.add(new SimpleConditionEvent(field, !isInjected, field.getFullName()));
        }
      }
    };
  }

  private static ArchCondition<JavaClass> accessTheConsole() {
    return new ArchCondition<>("write to the console") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        for (JavaAccess<?> access : type.getFieldAccessesFromSelf()) {
          boolean isConsole =
              access.getTargetOwner().isEquivalentTo(System.class)
                  && (access.getName().equals("out") || access.getName().equals("err"));
          events.add(new SimpleConditionEvent(access, isConsole, access.getDescription()));
        }
      }
    };
  }

  private static ArchCondition<JavaClass> beReachedByProductionCode() {
    return new ArchCondition<>("be passed, each of its constants, by another class") {
      @Override
      public void check(JavaClass points, ConditionEvents events) {
        for (JavaField point : points.getFields()) {
          if (!point.getModifiers().contains(JavaModifier.ENUM)) {
            continue;
          }
          boolean isPassed =
              point.getAccessesToSelf().stream()
                  .anyMatch(access -> !access.getOriginOwner().equals(points));
          events.add(
              new SimpleConditionEvent(point, isPassed, point.getName() + " is passed by nobody"));
        }
      }
    };
  }
}
