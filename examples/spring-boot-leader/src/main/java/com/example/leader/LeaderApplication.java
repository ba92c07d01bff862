package com.example.leader;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.metrics.buffering.BufferingApplicationStartup;

@SpringBootApplication
public class LeaderApplication {

    public static void main(String[] arguments) {
        SpringApplication application = new SpringApplication(LeaderApplication.class);
        // What each part of the start costs, at /actuator/startup.
        application.setApplicationStartup(new BufferingApplicationStartup(2048));
        application.run(arguments);
    }
}
